//! What the guest reads: bytes that are there from the start, or that are fed while it runs.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::Notify;
use wasmtime_wasi::cli::{IsTerminal, StdinStream};
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};

use super::{Counted, Notice, lock};

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
    /// `EAGAIN` instead (by `fd_read` in [`crate::host::corrections`]), GHC blocks only the reading thread and polls the descriptor whenever its scheduler runs
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
        if most == 0 {
            // preview1 makes 0 bytes of this, and `EINTR` of no bytes.
            return Err(StreamError::Closed);
        }
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
