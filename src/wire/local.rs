//! Where hyper's tasks of a connection run: on the thread that has the connection.

use hyper::rt::Executor;

/// Runs tasks in the `LocalSet` around.
#[derive(Clone, Copy, Debug, Default)]
pub struct Local;

impl<F: Future + 'static> Executor<F> for Local {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move { drop(future.await) });
    }
}
