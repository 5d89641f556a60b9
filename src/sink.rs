//! Where a client half puts what it received. The rooms know no more of measuring than this.

/// Takes what one client receives, in the order in which it does.
///
/// Each call stands for one moment: the one read that completed what an application would see.
pub trait Sink {
    /// The client can receive from now on: connected, and where the transport has a stream, the stream is open.
    fn opened(&mut self);

    /// A whole request and its answer are done; the answer held these updates. None: an empty answer.
    fn answered<'a>(&mut self, updates: impl Iterator<Item = &'a [u8]>);

    /// An open stream brought this update.
    fn deliver(&mut self, update: &[u8]);

    /// The server said that the updates of these numbers are no longer kept and will not come.
    fn lost(&mut self, numbers: std::ops::Range<u64>);

    /// A poll was due while another was in flight, and was not sent.
    fn skipped(&mut self, ticks: u64);
}
