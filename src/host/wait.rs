//! Waiting for a guest with JavaScript on the stack.
//!
//! # Note [Nobody else runs]
//!
//! A synchronous export gives its value at once, so its thread waits for it, also while the guest waits for a file or
//! a timer, which tokio's threads see to. But what the guest prints is taken by JavaScript, and what it reads is brought by
//! JavaScript, and JavaScript is what waits. So output is not held back then ([`super::wasi::Stdio::flow`]), and a
//! guest that waits for input ends with an error rather than never.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::control::Control;
use super::stdio::InputPipe;
use crate::error::{Error, Result};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls `call`, of a guest that reads `stdin`, to its end on this thread.
///
/// # Errors
/// [`Error::Io`] if it waits for input, and the error of a limit of `control` that is reached while it waits.
pub fn finish<F: Future>(call: F, stdin: &InputPipe, control: &Control) -> Result<F::Output> {
    let mut call = pin!(call);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match call.as_mut().poll(&mut context) {
            Poll::Ready(output) => return Ok(output),
            Poll::Pending if stdin.is_awaited() => return Err(starved()),
            Poll::Pending => match (control.overdue(), control.time_left()) {
                (Some(error), _) => return Err(error),
                (None, Some(left)) => thread::park_timeout(left),
                (None, None) => thread::park(),
            },
        }
    }
}

fn starved() -> Error {
    Error::Io(
        "a synchronous export waits for stdin, which is a JavaScript stream, and JavaScript waits for the export; give \
         stdin as text or bytes, or read it in an asynchronous export"
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime_wasi::p2::InputStream;

    #[test]
    fn what_ends_by_itself_is_waited_for() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let elsewhere = thread::spawn(move || sender.send(7));
        let output =
            finish(receiver, &InputPipe::fed(None, false), &Control::default()).expect("no input was wanted");
        assert_eq!(output, Ok(7));
        elsewhere.join().expect("no panic").expect("received");
    }

    #[test]
    fn who_waits_longer_than_the_limit_has_its_error() {
        let control = Control::default();
        control.stop_after(std::time::Duration::from_millis(5), Error::Aborted);
        let waited = finish(std::future::pending::<()>(), &InputPipe::fed(None, false), &control);
        assert_eq!(waited.expect_err("in vain").code(), "ABORT_ERR");
    }

    #[test]
    fn who_waits_for_input_waits_in_vain() {
        let stdin = InputPipe::fed(None, false);
        let mut reader = stdin.clone();
        let read = finish(reader.blocking_read(1), &stdin, &Control::default());
        assert_eq!(read.map(drop).expect_err("in vain").code(), "ERR_HS_IO");
        assert!(!stdin.is_awaited());
        stdin.feed(b"x".to_vec());
        let read = finish(reader.blocking_read(1), &stdin, &Control::default()).expect("there is some");
        assert_eq!(&read.expect("open")[..], b"x");
    }
}
