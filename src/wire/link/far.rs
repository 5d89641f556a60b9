//! A socket whose other end is far away.
//!
//! A task a connection moves octets between the socket and what is under way. It reads as soon as there is something to
//! read, whoever asks for it later, so that an octet's time begins when it is there. A reader is woken by the timer itself,
//! when the first octet has arrived.

use super::delay::{Delay, End};
use super::timer::Timer;
use crate::clock::{self, Nanos};
use crate::wire::pieces::written;
use socket2::SockRef;
use std::future::poll_fn;
use std::io::{self, IoSlice, Read};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

/// Read at a time.
const PIECE: usize = 8 << 10;

/// The near end of a connection.
#[derive(Debug)]
pub struct Far(Arc<Connection>);

#[derive(Debug)]
struct Connection {
    socket: TcpStream,
    timer: Arc<Timer>,
    /// Octets that may be under way in either direction.
    window: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    up: Delay,
    down: Delay,
    reader: Sleeper,
    writer: Option<Waker>,
    closer: Option<Waker>,
    mover: Sleeper,
    /// The socket was told that nothing more comes, or is broken.
    closed: bool,
    /// Nobody reads any more.
    abandoned: bool,
}

/// Who waits, and for when the timer was set for it.
#[derive(Debug, Default)]
struct Sleeper {
    waker: Option<Waker>,
    set: Option<Nanos>,
}

impl Sleeper {
    /// From now on it is this task that waits.
    fn is(&mut self, waker: &Waker) {
        if !self.waker.as_ref().is_some_and(|own| own.will_wake(waker)) {
            *self = Sleeper { waker: Some(waker.clone()), set: None };
        }
    }

    /// Is woken at `due`, and once.
    fn sleep(&mut self, due: Option<Nanos>, timer: &Timer) {
        if let (Some(waker), Some(due)) = (&self.waker, due.filter(|due| self.set != Some(*due))) {
            timer.wake_at(due, waker.clone());
            self.set = Some(due);
        }
    }

    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}

impl Far {
    /// Of a connected `socket`; what goes up and down it is `up` and `down`, `window` octets of each at most. Its task runs
    /// in the `LocalSet` around.
    pub(super) fn new(socket: TcpStream, timer: &Arc<Timer>, window: usize, [up, down]: [Delay; 2]) -> Far {
        let state = State {
            up,
            down,
            reader: Sleeper::default(),
            writer: None,
            closer: None,
            mover: Sleeper::default(),
            closed: false,
            abandoned: false,
        };
        let connection = Connection { socket, timer: Arc::clone(timer), window, state: Mutex::new(state) };
        let connection = Arc::new(connection);
        let moved = Arc::clone(&connection);
        tokio::task::spawn_local(async move { poll_fn(|context| moved.poll_move(context)).await });
        Far(connection)
    }

    pub(super) fn socket(&self) -> &TcpStream {
        &self.0.socket
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        // what was accepted still arrives, as it does when a process leaves a socket to its kernel
        let mut state = self.0.state();
        state.abandoned = true;
        state.down.forget();
        state.up.end(End::Fin, clock::now());
        state.mover.wake();
    }
}

impl Connection {
    /// Never contended, and never kept while anything waits.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves what can be moved now. Ready when there will be nothing more.
    fn poll_move(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        state.mover.is(context.waker());
        let receives = self.poll_receive(&mut state, context).is_pending();
        let sends = self.poll_send(&mut state, context).is_pending();
        if receives || sends { Poll::Pending } else { Poll::Ready(()) }
    }

    /// From the socket; ready when it has ended.
    fn poll_receive(&self, state: &mut State, context: &mut Context<'_>) -> Poll<()> {
        while !state.abandoned && !state.down.is_ending() {
            if state.down.len() >= self.window {
                return Poll::Pending; // whoever takes something says so
            }
            let ready = std::task::ready!(self.socket.poll_read_ready(context));
            let mut piece = [0; PIECE];
            let received = ready.and_then(|()| self.receive(&mut piece));
            let now = clock::now();
            match received {
                Ok([]) => state.down.end(End::Fin, now),
                Ok(bytes) => state.down.push(bytes, now),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => state.break_off(error.kind(), now),
            }
            state.reader.sleep(state.down.due(), &self.timer);
        }
        Poll::Ready(())
    }

    /// What the socket has. A piece that is not full was the last one, so that the kernel is not asked again in vain.
    fn receive<'a>(&self, piece: &'a mut [u8; PIECE]) -> io::Result<&'a [u8]> {
        let mut octets = None;
        let result = self.socket.try_io(Interest::READABLE, || {
            let received = (&*SockRef::from(&self.socket)).read(piece)?;
            octets = Some(received);
            if received == 0 || received == PIECE { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
        });
        let octets = match (octets, result) {
            (Some(octets), _) => octets,
            (None, Err(error)) => return Err(error),
            (None, Ok(())) => 0,
        };
        Ok(&piece[..octets])
    }

    /// To the socket; ready when it was told that nothing more comes.
    fn poll_send(&self, state: &mut State, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if state.closed {
                return Poll::Ready(());
            }
            let now = clock::now();
            let octets = state.up.arrived(now);
            if octets == 0 {
                if state.up.ended(now).is_none() {
                    state.mover.sleep(state.up.due(), &self.timer);
                    return Poll::Pending;
                }
                // one that is broken already has nobody to tell
                let _ = SockRef::from(&self.socket).shutdown(Shutdown::Write);
                state.close();
                continue;
            }
            let ready = std::task::ready!(self.socket.poll_write_ready(context));
            let sent = ready.and_then(|()| self.socket.try_write_vectored(&state.up.slices(octets)));
            match sent {
                Ok(sent) => {
                    state.up.consume(sent);
                    if let Some(writer) = state.writer.take() {
                        writer.wake();
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    state.break_off(error.kind(), now);
                    state.reader.sleep(state.down.due(), &self.timer);
                }
            }
        }
    }
}

impl State {
    /// The far end is gone: who is here will know it when that has come all the way.
    fn break_off(&mut self, kind: io::ErrorKind, now: Nanos) {
        self.down.end(End::Broken(kind), now);
        self.up.forget();
        self.close();
    }

    fn close(&mut self) {
        self.closed = true;
        for waker in [self.writer.take(), self.closer.take()].into_iter().flatten() {
            waker.wake();
        }
    }

    /// The error that has arrived by `now`.
    fn broken(&self, now: Nanos) -> Option<io::Error> {
        match self.down.ended(now) {
            Some(End::Broken(kind)) => Some(kind.into()),
            _ => None,
        }
    }
}

impl AsyncRead for Far {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let connection = &self.0;
        let mut state = connection.state();
        let state = &mut *state;
        let now = clock::now();
        let octets = state.down.arrived(now).min(buffer.remaining());
        if octets > 0 {
            let was_full = state.down.len() >= connection.window;
            state.down.slices(octets).iter().for_each(|slice| buffer.put_slice(slice));
            state.down.consume(octets);
            if was_full {
                state.mover.wake();
            }
            return Poll::Ready(Ok(()));
        }
        match state.down.ended(now) {
            Some(End::Fin) => Poll::Ready(Ok(())),
            Some(End::Broken(kind)) => Poll::Ready(Err(kind.into())),
            None if buffer.remaining() == 0 => Poll::Ready(Ok(())),
            None => {
                state.reader.is(context.waker());
                state.reader.sleep(state.down.due(), &connection.timer);
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for Far {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let connection = &self.0;
        let mut state = connection.state();
        let state = &mut *state;
        let now = clock::now();
        if let Some(error) = state.broken(now) {
            return Poll::Ready(Err(error));
        }
        if state.up.is_ending() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let all = slices.iter().map(|slice| slice.len()).sum();
        if state.closed {
            return Poll::Ready(Ok(all)); // it broke over there, and nobody here can know yet
        }
        let room = connection.window.saturating_sub(state.up.len()).min(all);
        if room == 0 && all > 0 {
            state.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        let was_empty = state.up.len() == 0;
        written(slices, room).for_each(|piece| state.up.push(piece, now));
        if was_empty {
            state.mover.sleep(state.up.due(), &connection.timer);
        }
        Poll::Ready(Ok(room))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(())) // what was accepted is under way
    }

    /// Done when the far end has been told, so that everything before is there.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let connection = &self.0;
        let mut state = connection.state();
        if state.closed {
            return Poll::Ready(Ok(()));
        }
        if !state.up.is_ending() {
            state.up.end(End::Fin, clock::now());
            let state = &mut *state;
            state.mover.sleep(state.up.due(), &connection.timer);
        }
        state.closer = Some(context.waker().clone());
        Poll::Pending
    }
}
