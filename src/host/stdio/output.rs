//! What the guest writes: dropped, captured up to a bound, or forwarded with backpressure.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use tokio::sync::Notify;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use super::{Counted, Notice, lock};
use crate::error::Error;

/// How much the guest may write before somebody takes it.
pub(super) const BUFFER_BYTES: usize = 64 * 1024;

/// How much of what was written last is remembered.
const LAST_BYTES: usize = 512;

/// What an [`OutputPipe`] does with what is written.
enum Sink {
    /// Drops it.
    Ignore,
    /// Keeps it, up to so many bytes; more ends the guest.
    Capture { most: usize },
    /// Keeps it until it is taken, and holds the writer back meanwhile.
    Forward { notice: Notice },
}

struct OutputState {
    sink: Sink,
    buffer: VecDeque<Bytes>,
    bytes: usize,
    /// What was written last, wherever it went.
    last: Vec<u8>,
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
        let state = OutputState { sink, buffer: VecDeque::new(), bytes: 0, last: Vec::new(), closed: false };
        Self { state: Arc::new(Mutex::new(state)), room: Arc::default(), flowing: Arc::default(), terminal }
    }

    /// A stream whose bytes nobody wants.
    pub fn ignore() -> Self {
        Self::new(Sink::Ignore, false)
    }

    /// A stream that is kept for [`Self::take`]. A guest that writes more than `most` bytes ends with a limit error.
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

    /// The end of what was written, wherever it went.
    pub fn last_words(&self) -> String {
        String::from_utf8_lossy(&lock(&self.state).last).into_owned()
    }

    /// Ends the stream from the host's side: writes fail as into a closed pipe (`EPIPE`).
    pub fn close(&self) {
        lock(&self.state).closed = true;
        self.room.notify_waiters();
    }

    /// Holds no writer back as long as the result lives. See Note [Nobody else runs] in [`crate::host::wait`].
    #[must_use]
    pub fn flow(&self) -> Counted {
        Counted::new(&self.flowing)
    }

    fn push(&self, bytes: &Bytes) -> StreamResult<()> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(closed());
        }
        let new = &bytes[bytes.len().saturating_sub(LAST_BYTES)..];
        let forgotten = (state.last.len() + new.len()).saturating_sub(LAST_BYTES);
        state.last.drain(..forgotten);
        state.last.extend_from_slice(new);
        let room = match &state.sink {
            Sink::Ignore => return Ok(()),
            Sink::Capture { most } => most.saturating_sub(state.bytes).min(bytes.len()),
            Sink::Forward { .. } => bytes.len(),
        };
        let was_empty = state.bytes == 0;
        state.bytes += room;
        state.buffer.push_back(bytes.slice(..room));
        if let Sink::Forward { notice } = &state.sink
            && was_empty
        {
            let notice = Arc::clone(notice);
            drop(state);
            notice();
        } else if let Sink::Capture { most } = state.sink
            && room < bytes.len()
        {
            return Err(StreamError::Trap(wasmtime::Error::new(too_much(most))));
        }
        Ok(())
    }

    fn room(&self) -> StreamResult<usize> {
        let state = lock(&self.state);
        match state.sink {
            _ if state.closed => Err(closed()),
            Sink::Ignore | Sink::Capture { .. } => Ok(BUFFER_BYTES),
            Sink::Forward { .. } if self.flowing.load(Ordering::Acquire) > 0 => Ok(BUFFER_BYTES),
            Sink::Forward { .. } => Ok(BUFFER_BYTES.saturating_sub(state.bytes)),
        }
    }
}

/// wasmtime-wasi makes `EPIPE` of the system's own error only, and of a stream that says `Closed` it makes `EIO`.
fn closed() -> StreamError {
    const BROKEN_PIPE: i32 = if cfg!(windows) { 109 } else { 32 };
    StreamError::LastOperationFailed(std::io::Error::from_raw_os_error(BROKEN_PIPE).into())
}

fn too_much(most: usize) -> Error {
    let message =
        format!("the guest wrote more than captureLimitBytes = {most} to a stream that is captured");
    Error::Limit { limit: "output", message }
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
