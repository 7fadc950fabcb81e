//! The guest's three streams: pipes with a bound, between the guest and whoever holds the other end.
//!
//! The guest's end waits as a future; the host's end never waits and is told through a callback when there
//! is something to do. So neither end needs to know on which thread the other lives.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use wasmtime_wasi::cli::{IsTerminal, StdinStream, StdoutStream};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

/// How much the guest may write before somebody takes it.
const BUFFER_BYTES: usize = 64 * 1024;

/// Counts one as long as it lives.
#[derive(Debug)]
pub struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Told on any thread that the host's end has something to do. Must not block.
pub type Notice = Arc<dyn Fn() + Send + Sync>;

/// What an [`OutputPipe`] does with what is written.
enum Sink {
    /// Drops it.
    Ignore,
    /// Keeps it, up to so many bytes; the rest is dropped and counted.
    Capture { most: usize },
    /// Keeps it until it is taken, and holds the writer back meanwhile.
    Forward { notice: Notice },
}

struct OutputState {
    sink: Sink,
    buffer: VecDeque<Bytes>,
    bytes: usize,
    dropped: u64,
    closed: bool,
}

/// A stream that the guest writes. Clones share it.
#[derive(Clone)]
pub struct OutputPipe {
    state: Arc<Mutex<OutputState>>,
    room: Arc<Notify>,
    /// How many want that nobody is held back.
    flowing: Arc<AtomicUsize>,
    terminal: bool,
}

impl fmt::Debug for OutputPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputPipe").field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

impl OutputPipe {
    fn new(sink: Sink, terminal: bool) -> Self {
        let state = OutputState { sink, buffer: VecDeque::new(), bytes: 0, dropped: 0, closed: false };
        Self { state: Arc::new(Mutex::new(state)), room: Arc::default(), flowing: Arc::default(), terminal }
    }

    /// A stream whose bytes nobody wants.
    pub fn ignore() -> Self {
        Self::new(Sink::Ignore, false)
    }

    /// A stream whose first `most` bytes are kept for [`Self::take`].
    pub fn capture(most: usize) -> Self {
        Self::new(Sink::Capture { most }, false)
    }

    /// A stream whose bytes somebody takes as they come; `notice` tells them when there are some.
    pub fn forward(notice: Notice, terminal: bool) -> Self {
        Self::new(Sink::Forward { notice }, terminal)
    }

    /// Takes what was written, and lets a writer that was held back go on.
    pub fn take(&self) -> Vec<u8> {
        let mut state = lock(&self.state);
        let mut taken = Vec::with_capacity(state.bytes);
        for chunk in state.buffer.drain(..) {
            taken.extend_from_slice(&chunk);
        }
        state.bytes = 0;
        drop(state);
        self.room.notify_waiters();
        taken
    }

    /// Whether [`Self::take`] would give something.
    pub fn has_bytes(&self) -> bool {
        lock(&self.state).bytes > 0
    }

    /// How many bytes a capture did not keep.
    pub fn dropped(&self) -> u64 {
        lock(&self.state).dropped
    }

    /// Ends the stream from the host's side: writes fail as into a closed pipe.
    pub fn close(&self) {
        lock(&self.state).closed = true;
        self.room.notify_waiters();
    }

    /// Holds no writer back as long as the result lives. See Note [Nobody else runs] in [`super::wait`].
    #[must_use]
    pub fn flow(&self) -> Counted {
        Counted::new(&self.flowing)
    }

    fn push(&self, bytes: &Bytes) -> StreamResult<()> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(StreamError::Closed);
        }
        let room = match &state.sink {
            Sink::Ignore => return Ok(()),
            Sink::Capture { most } => most.saturating_sub(state.bytes).min(bytes.len()),
            Sink::Forward { .. } => bytes.len(),
        };
        state.dropped += (bytes.len() - room) as u64;
        let was_empty = state.bytes == 0;
        state.bytes += room;
        state.buffer.push_back(bytes.slice(..room));
        if let Sink::Forward { notice } = &state.sink
            && was_empty
        {
            let notice = Arc::clone(notice);
            drop(state);
            notice();
        }
        Ok(())
    }

    fn room(&self) -> StreamResult<usize> {
        let state = lock(&self.state);
        match state.sink {
            _ if state.closed => Err(StreamError::Closed),
            Sink::Ignore | Sink::Capture { .. } => Ok(BUFFER_BYTES),
            Sink::Forward { .. } if self.flowing.load(Ordering::Acquire) > 0 => Ok(BUFFER_BYTES),
            Sink::Forward { .. } => Ok(BUFFER_BYTES.saturating_sub(state.bytes)),
        }
    }
}

#[async_trait::async_trait]
impl Pollable for OutputPipe {
    async fn ready(&mut self) {
        loop {
            let room = Arc::clone(&self.room);
            let notified = room.notified();
            if self.room().map_or(true, |room| room > 0) {
                return;
            }
            notified.await;
        }
    }
}

#[async_trait::async_trait]
impl OutputStream for OutputPipe {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.room()
    }

    async fn blocking_write_and_flush(&mut self, mut bytes: Bytes) -> StreamResult<()> {
        // Unlike the provided method this does not wait, after the last byte, for room for more.
        while !bytes.is_empty() {
            let permit = self.write_ready().await?;
            let chunk = bytes.split_to(bytes.len().min(permit));
            self.write(chunk)?;
        }
        Ok(())
    }
}

impl AsyncWrite for OutputPipe {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let pushed = self.push(&Bytes::copy_from_slice(bytes));
        Poll::Ready(pushed.map(|()| bytes.len()).map_err(|_| std::io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl IsTerminal for OutputPipe {
    fn is_terminal(&self) -> bool {
        self.terminal
    }
}

impl StdoutStream for OutputPipe {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

struct InputState {
    buffer: VecDeque<Bytes>,
    bytes: usize,
    ended: bool,
    /// Whether the guest waits and the host's end has been told so.
    asked: bool,
    /// Whether a read failed because it would have waited.
    refused: bool,
}

/// A stream that the guest reads. Clones share it.
#[derive(Clone)]
pub struct InputPipe {
    state: Arc<Mutex<InputState>>,
    arrived: Arc<Notify>,
    /// How many wait for bytes.
    awaiting: Arc<AtomicUsize>,
    notice: Option<Notice>,
    terminal: bool,
    /// Whether a read with nothing there fails (`EAGAIN`) instead of waiting.
    hurried: bool,
}

impl fmt::Debug for InputPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputPipe").field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

impl InputPipe {
    /// A stream of these bytes.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        let pipe = Self::fed(None, false);
        pipe.feed(bytes);
        pipe.end();
        pipe
    }

    /// A stream that somebody feeds; `notice` tells them when the guest waits for more.
    pub fn fed(notice: Option<Notice>, terminal: bool) -> Self {
        let state =
            InputState { buffer: VecDeque::new(), bytes: 0, ended: false, asked: false, refused: false };
        Self {
            state: Arc::new(Mutex::new(state)),
            arrived: Arc::default(),
            awaiting: Arc::default(),
            notice,
            terminal,
            hurried: false,
        }
    }

    /// The same stream for a guest that has better to do than wait for it.
    ///
    /// # Note [Stdin of a reactor]
    ///
    /// GHC reads stdin with a blocking `fd_read`; if that waited, all Haskell threads of the instance would. Told
    /// `EAGAIN` instead (by `fd_read` in [`super::linker`]), GHC blocks only the reading thread and polls the descriptor whenever its scheduler runs
    /// (`rts/posix/Select.c`); so the scheduler has to be run when bytes have arrived, which `lib/runtime.js` does.
    #[must_use]
    pub fn hurried(mut self) -> Self {
        self.hurried = true;
        self
    }

    /// Adds bytes for the guest to read. Gives how many now wait to be read.
    pub fn feed(&self, bytes: Vec<u8>) -> usize {
        let mut state = lock(&self.state);
        state.asked = false;
        state.bytes += bytes.len();
        if !bytes.is_empty() {
            state.buffer.push_back(bytes.into());
        }
        let waiting = state.bytes;
        drop(state);
        self.arrived.notify_waiters();
        waiting
    }

    /// Says that no more will come.
    pub fn end(&self) {
        lock(&self.state).ended = true;
        self.arrived.notify_waiters();
    }

    /// Whether a read would not wait; asks for more if it would.
    fn is_ready(&self) -> bool {
        let mut state = lock(&self.state);
        if state.bytes > 0 || state.ended {
            return true;
        }
        if !std::mem::replace(&mut state.asked, true)
            && let Some(notice) = &self.notice
        {
            let notice = Arc::clone(notice);
            drop(state);
            notice();
        }
        false
    }

    /// Whether the guest waits for bytes that the host's end has not fed.
    pub fn is_asked(&self) -> bool {
        lock(&self.state).asked
    }

    /// Whether somebody waits for bytes just now.
    pub fn is_awaited(&self) -> bool {
        self.awaiting.load(Ordering::Acquire) > 0
    }

    /// Whether the read that has just failed did so because it would have waited.
    pub fn take_refused(&self) -> bool {
        std::mem::take(&mut lock(&self.state).refused)
    }

    fn next(&self, most: usize) -> StreamResult<Bytes> {
        let mut state = lock(&self.state);
        let Some(mut first) = state.buffer.pop_front() else {
            return if state.ended { Err(StreamError::Closed) } else { Ok(Bytes::new()) };
        };
        let taken = first.split_to(first.len().min(most));
        if !first.is_empty() {
            state.buffer.push_front(first);
        }
        state.bytes -= taken.len();
        Ok(taken)
    }
}

#[async_trait::async_trait]
impl Pollable for InputPipe {
    async fn ready(&mut self) {
        let mut _waiting = None;
        loop {
            let arrived = Arc::clone(&self.arrived);
            let notified = arrived.notified();
            if self.is_ready() {
                return;
            }
            _waiting.get_or_insert_with(|| Counted::new(&self.awaiting));
            notified.await;
        }
    }
}

#[async_trait::async_trait]
impl InputStream for InputPipe {
    fn read(&mut self, most: usize) -> StreamResult<Bytes> {
        self.next(most)
    }

    async fn blocking_read(&mut self, most: usize) -> StreamResult<Bytes> {
        if !self.is_ready() {
            if self.hurried {
                lock(&self.state).refused = true;
                let again = std::io::Error::from(std::io::ErrorKind::WouldBlock);
                return Err(StreamError::LastOperationFailed(again.into()));
            }
            self.ready().await;
        }
        self.next(most)
    }
}

impl AsyncRead for InputPipe {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if let Ok(bytes) = self.next(out.remaining()) {
            out.put_slice(&bytes);
        }
        Poll::Ready(Ok(()))
    }
}

impl IsTerminal for InputPipe {
    fn is_terminal(&self) -> bool {
        self.terminal
    }
}

impl StdinStream for InputPipe {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(self.clone())
    }
}

/// A lock whose holder panicked is still a lock: the data are plain buffers, whole at every moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_pipe_holds_the_writer_back_until_it_is_taken() {
        let mut pipe = OutputPipe::forward(Arc::new(|| {}), false);
        let reader = pipe.clone();
        let writer = tokio::spawn(async move {
            pipe.blocking_write_and_flush(Bytes::from(vec![7; BUFFER_BYTES * 3])).await
        });
        let mut taken = 0;
        while taken < BUFFER_BYTES * 3 {
            tokio::task::yield_now().await;
            let bytes = reader.take();
            assert!(bytes.len() <= BUFFER_BYTES);
            taken += bytes.len();
        }
        writer.await.expect("no panic").expect("all written");
    }

    #[tokio::test]
    async fn a_capture_keeps_the_first_bytes_and_counts_the_rest() {
        let mut pipe = OutputPipe::capture(5);
        pipe.blocking_write_and_flush(Bytes::from_static(b"hello world")).await.expect("written");
        assert_eq!(pipe.take(), b"hello");
        assert_eq!(pipe.dropped(), 6);
    }

    #[tokio::test]
    async fn a_reader_asks_once_and_wakes_when_fed() {
        let asked = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&asked);
        let notice: Notice = Arc::new(move || *lock(&counter) += 1);
        let mut pipe = InputPipe::fed(Some(notice), false);
        let feeder = pipe.clone();
        let reader = tokio::spawn(async move { pipe.blocking_read(3).await });
        while *lock(&asked) == 0 {
            tokio::task::yield_now().await;
        }
        feeder.feed(b"hello".to_vec());
        let read = reader.await.expect("no panic").expect("bytes");
        assert_eq!(&read[..], b"hel");
        assert_eq!(*lock(&asked), 1);
    }
}
