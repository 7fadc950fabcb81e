//! Work that nobody waits for, on a thread that gets what processor time the others leave.
//!
//! It neither keeps the process alive nor delays its end: whatever it was at is lost then, so it must not matter.

use std::sync::mpsc::{Sender, channel};
use std::thread;

use once_cell::sync::Lazy;

type Job = Box<dyn FnOnce() + Send>;

/// One thread: its jobs are done one after another. Where none can be started, they are not done.
static JOBS: Lazy<Sender<Job>> = Lazy::new(|| {
    let (sender, jobs) = channel::<Job>();
    let worker = thread::Builder::new().name("hs-wasm-later".into());
    let started = worker.spawn(move || {
        give_way();
        for job in jobs {
            job();
        }
    });
    drop(started);
    sender
});

/// Does `job` some time, or never.
pub(super) fn does(job: impl FnOnce() + Send + 'static) {
    JOBS.send(Box::new(job)).ok();
}

/// Makes this thread the last to get processor time. On Linux a priority is a thread's, elsewhere the process's.
fn give_way() {
    #[cfg(target_os = "linux")]
    rustix::process::setpriority_process(None, 19).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_done_in_their_order() {
        let (sender, done) = channel();
        for number in 0..3 {
            let sender = sender.clone();
            does(move || sender.send(number).expect("somebody listens"));
        }
        assert_eq!(done.iter().take(3).collect::<Vec<i32>>(), [0, 1, 2]);
    }
}
