//! The guest's three streams: pipes with a bound, between the guest and whoever holds the other end.
//!
//! The guest's end waits as a future; the host's end never waits and is told through a callback when there
//! is something to do. So neither end needs to know on which thread the other lives.

mod input;
mod output;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use self::input::InputPipe;
pub use self::output::OutputPipe;

/// Told on any thread that the host's end has something to do. Must not block.
pub type Notice = Arc<dyn Fn() + Send + Sync>;

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

/// A lock whose holder panicked is still a lock: the data are plain buffers, whole at every moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wasmtime_wasi::p2::{InputStream, OutputStream, StreamError};

    use super::*;
    use crate::error::Error;

    #[tokio::test]
    async fn a_full_pipe_holds_the_writer_back_until_it_is_taken() {
        let mut pipe = OutputPipe::forward(Arc::new(|| {}), false);
        let reader = pipe.clone();
        let writer = tokio::spawn(async move {
            pipe.blocking_write_and_flush(Bytes::from(vec![7; output::BUFFER_BYTES * 3])).await
        });
        let mut taken = 0;
        while taken < output::BUFFER_BYTES * 3 {
            tokio::task::yield_now().await;
            let bytes = reader.take();
            assert!(bytes.len() <= output::BUFFER_BYTES);
            taken += bytes.len();
        }
        writer.await.expect("no panic").expect("all written");
    }

    #[tokio::test]
    async fn a_capture_keeps_the_first_bytes_and_refuses_the_rest() {
        let mut pipe = OutputPipe::capture(5);
        let written = pipe.blocking_write_and_flush(Bytes::from_static(b"hello world")).await;
        let Err(StreamError::Trap(error)) = written else { panic!("found {written:?}") };
        assert_eq!(error.downcast_ref::<Error>().map(Error::code), Some("ERR_HS_LIMIT"));
        assert_eq!(pipe.take(), b"hello");
    }

    #[tokio::test]
    async fn the_last_words_are_remembered_also_of_a_stream_that_nobody_wants() {
        let mut pipe = OutputPipe::ignore();
        for words in ["a".repeat(9_000), "b".repeat(500), "c".repeat(100)] {
            pipe.blocking_write_and_flush(words.into()).await.expect("written");
        }
        assert_eq!(pipe.last_words(), "b".repeat(412) + &"c".repeat(100));
    }

    #[tokio::test]
    async fn a_closed_pipe_breaks_the_writer_with_epipe() {
        let mut pipe = OutputPipe::forward(Arc::new(|| {}), false);
        pipe.close();
        let written = pipe.blocking_write_and_flush(Bytes::from_static(b"x")).await;
        let Err(StreamError::LastOperationFailed(error)) = written else { panic!("found {written:?}") };
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        assert_eq!(kind, Some(std::io::ErrorKind::BrokenPipe));
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
