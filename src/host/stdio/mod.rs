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
    use wasmtime_wasi::p2::{InputStream, OutputStream};

    use super::*;

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
