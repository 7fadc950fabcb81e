//! Work that nobody waits for, on threads that get what processor time the others leave.
//!
//! It neither keeps the process alive nor delays its end: whatever it was at is lost then, so it must not matter.

use once_cell::sync::Lazy;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// One thread: its jobs are done one after another, and what they would share with other threads as well. Where none can be started,
/// they are not done.
static WORKER: Lazy<Option<ThreadPool>> = Lazy::new(|| worker("hs-wasm-later"));

/// The same for jobs of milliseconds, which would wait for those of seconds.
static BRIEF: Lazy<Option<ThreadPool>> = Lazy::new(|| worker("hs-wasm-soon"));

fn worker(name: &'static str) -> Option<ThreadPool> {
    let worker = ThreadPoolBuilder::new().num_threads(1).thread_name(move |_| name.into());
    // A job that panics is a job that was not done.
    worker.start_handler(|_| give_way()).panic_handler(drop).build().ok()
}

/// Does `job` some time, or never.
pub(super) fn does(job: impl FnOnce() + Send + 'static) {
    if let Some(worker) = &*WORKER {
        worker.spawn_fifo(job);
    }
}

/// Does `job`, which takes milliseconds, soon, or never.
pub(super) fn does_briefly(job: impl FnOnce() + Send + 'static) {
    if let Some(worker) = &*BRIEF {
        worker.spawn_fifo(job);
    }
}

/// Makes this thread the last to get processor time. On Linux a priority is a thread's, elsewhere the process's.
fn give_way() {
    #[cfg(target_os = "linux")]
    rustix::process::setpriority_process(None, 19).ok();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn brief_jobs_do_not_wait_for_long_ones() {
        let (sender, done) = channel();
        let (go_on, until) = channel::<()>();
        let long = sender.clone();
        does(move || {
            until.recv().ok();
            long.send("long").expect("somebody listens");
        });
        does_briefly(move || {
            sender.send("brief").expect("somebody listens");
            drop(go_on);
        });
        assert_eq!(done.iter().collect::<Vec<_>>(), ["brief", "long"]);
    }

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
