//! Where a guest is while it is away from the JavaScript thread.
//!
//! # Note [Who has the guest]
//!
//! A guest is a future, and who holds the future is the only one who runs the guest. On the JavaScript thread that is the instance
//! (`node::calls`). To let the guest go to a worker the instance *departs* it: the future is put on the instance's desk and a task is
//! spawned. The task takes the future from the desk, polls it for a turn and puts it back; so between turns, and while the guest waits,
//! the future lies on the desk and anybody may take it:
//!
//! | on the desk | means | who takes it |
//! |---|---|---|
//! | `Parked` | it waits for its next turn or for WASI | its task, or the JavaScript thread at once ([`Desk::stop`]) |
//! | `Running` | a worker polls it | nobody; [`Desk::stop`] summons it and waits until it is there |
//! | `Home` | it gave way because it was summoned | the JavaScript thread |
//! | `Done` | the call has ended | the JavaScript thread |
//! | `Closed` | the instance has ended | nobody; a worker that still polls drops the guest when it has stopped |
//!
//! A task that finds the future gone, or that has been replaced, ends.
//!
//! # Note [Hops]
//!
//! A guest on a worker that calls JavaScript cannot be suspended there (the import is a plain function, which is what makes it
//! cheap on the JavaScript thread). So the worker *asks* for a hop and blocks; the JavaScript thread, rung by the desk's notice,
//! runs the call. Before it answers it summons the guest, which therefore gives way microseconds after the call has returned
//! and goes on on the JavaScript thread, where the next imports cost what they always cost. A hop that is asked for also means that the guest
//! stands still: nobody else runs it, and it goes on when the JavaScript thread says so. A nested call, from the JavaScript that a hop runs back
//! into the guest, runs on the JavaScript thread, on a fiber of its own.
#![expect(unsafe_code, reason = "a hop lends a closure to another thread while its own waits")]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};

use super::control::{Control, lock};
use super::engine::{Active, runtime};
use super::guest::GuestInstance;
use super::port::{Cell, JsHost};
use super::stack::panic_text;
use super::stdio::Notice;
use crate::error::{Error, Result};

/// How a call ended, with the guest for the next one; without it after a fault of ours.
pub type Ended = (Option<Box<GuestInstance>>, Result<Cell>);
/// A call of a guest.
pub type Call = Pin<Box<dyn Future<Output = Ended> + Send>>;

/// What lies on the desk: see Note [Who has the guest].
enum Holds {
    Nothing,
    Running,
    Parked(Call),
    Home(Call),
    Done(Ended),
    Closed,
}

type Body = dyn FnMut(&Rc<dyn JsHost>) + Send;

/// See Note [Hops].
enum Hop {
    None,
    Asked(*mut Body),
    Taken,
    Served,
    Refused,
}

// SAFETY: the pointer is to a closure that is `Send`, and is used by one thread at a time.
unsafe impl Send for Hop {}

struct Inside {
    holds: Holds,
    hop: Hop,
    /// Number of the task that may poll; others end.
    task: u64,
    /// Wakes that task.
    waker: Option<Waker>,
}

/// The desk of one instance.
pub struct Desk {
    control: Arc<Control>,
    notice: Notice,
    inside: Mutex<Inside>,
    changed: Condvar,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

/// What the JavaScript thread finds on the desk.
pub enum Found {
    /// Nothing for it: the guest runs or waits elsewhere.
    Nothing,
    /// A guest that wants JavaScript, and stands still until it has been served.
    Hop(Request),
    /// The guest.
    Guest(Call),
    /// The end of the call.
    Ended(Ended),
}

/// What a guest wants of JavaScript. Refused if it is dropped.
pub struct Request {
    desk: Arc<Desk>,
    body: *mut Body,
    served: bool,
}

impl Desk {
    /// An empty desk. `notice` is given whenever the JavaScript thread should look at it.
    pub fn new(control: Arc<Control>, notice: Notice) -> Arc<Self> {
        let inside = Inside { holds: Holds::Nothing, hop: Hop::None, task: 0, waker: None };
        Arc::new(Self { control, notice, inside: Mutex::new(inside), changed: Condvar::new() })
    }

    /// Lets a guest go to a worker.
    pub fn depart(self: &Arc<Self>, call: Call) {
        let task = {
            let mut inside = lock(&self.inside);
            inside.holds = Holds::Parked(call);
            inside.task += 1;
            inside.task
        };
        runtime().spawn(Away { desk: Arc::clone(self), task });
    }

    /// Takes what is there for the JavaScript thread.
    pub fn look(self: &Arc<Self>) -> Found {
        let mut inside = lock(&self.inside);
        self.take(&mut inside, false)
    }

    /// Makes the guest stand still, waiting until it does, and takes what is there then.
    pub fn stop(self: &Arc<Self>) -> Found {
        let mut inside = lock(&self.inside);
        loop {
            match self.take(&mut inside, true) {
                Found::Nothing if matches!(inside.holds, Holds::Running) => {
                    self.control.summon();
                    inside = self.wait(inside);
                }
                found => return found,
            }
        }
    }

    /// Makes the guest stand still. It goes on when a request that is there is served, or when the call is departed again, which
    /// is the result if a call was taken.
    pub fn halt(self: &Arc<Self>) -> Option<Call> {
        let mut inside = lock(&self.inside);
        loop {
            if matches!(inside.hop, Hop::Asked(_)) || matches!(inside.holds, Holds::Done(_)) {
                self.control.end_summons();
                return None;
            }
            match self.take(&mut inside, true) {
                Found::Guest(call) => return Some(call),
                _ if matches!(inside.holds, Holds::Running) => {
                    self.control.summon();
                    inside = self.wait(inside);
                }
                _ => return None,
            }
        }
    }

    fn wait<'a>(&self, inside: std::sync::MutexGuard<'a, Inside>) -> std::sync::MutexGuard<'a, Inside> {
        self.changed.wait(inside).unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, inside: &mut Inside, parked_too: bool) -> Found {
        if let Hop::Asked(body) = inside.hop {
            inside.hop = Hop::Taken;
            return Found::Hop(Request { desk: Arc::clone(self), body, served: false });
        }
        match std::mem::replace(&mut inside.holds, Holds::Nothing) {
            Holds::Home(call) => Found::Guest(call),
            Holds::Done(ended) => Found::Ended(ended),
            Holds::Parked(call) if parked_too => {
                inside.task += 1;
                // The task finds that it has been replaced, and ends.
                if let Some(waker) = inside.waker.take() {
                    waker.wake();
                }
                Found::Guest(call)
            }
            other => {
                inside.holds = other;
                Found::Nothing
            }
        }
    }

    /// Ends the guest: at once if it stands still, else as soon as it can be stopped, by the worker.
    pub fn close(&self) {
        let ended = {
            let mut inside = lock(&self.inside);
            inside.task += 1;
            if let Hop::Asked(_) = inside.hop {
                inside.hop = Hop::Refused;
            }
            let waker = inside.waker.take();
            let ended = std::mem::replace(&mut inside.holds, Holds::Closed);
            (ended, waker)
        };
        self.changed.notify_all();
        self.control.stop_after(std::time::Duration::ZERO, shutting_down());
        if let (_, Some(waker)) = &ended {
            waker.wake_by_ref();
        }
    }

    /// Runs `body` on the JavaScript thread, and waits for it. To be called on a worker only.
    ///
    /// # Errors
    /// [`Error::Closed`] if JavaScript will not come, and what `body` gives.
    pub fn hop<R: Send>(&self, body: impl FnOnce(&Rc<dyn JsHost>) -> Result<R> + Send) -> Result<R> {
        let (mut body, mut result) = (Some(body), None);
        let mut run = |js: &Rc<dyn JsHost>| {
            let run = body.take().map(|body| catch_unwind(AssertUnwindSafe(|| body(js))));
            result = run.map(|ran| ran.unwrap_or_else(|panic| Err(Error::Internal(panic_text(&*panic)))));
        };
        let pointer: *mut (dyn FnMut(&Rc<dyn JsHost>) + Send + '_) = &raw mut run;
        #[expect(
            clippy::transmute_ptr_to_ptr,
            reason = "a cast may not extend the lifetime in a trait object"
        )]
        // SAFETY: only the lifetime changes. The pointer is used by the thread that has taken the request, before it
        // answers; this function does not return before the answer, or before the request has been refused untaken.
        let pointer: *mut Body = unsafe { std::mem::transmute(pointer) };
        {
            let mut inside = lock(&self.inside);
            if matches!(inside.holds, Holds::Closed) {
                return Err(shutting_down());
            }
            inside.hop = Hop::Asked(pointer);
        }
        self.changed.notify_all();
        (self.notice)();
        // Timers and other guests must not wait with this thread: JavaScript may be waiting for them.
        tokio::task::block_in_place(|| {
            let mut inside = lock(&self.inside);
            while matches!(inside.hop, Hop::Asked(_) | Hop::Taken) {
                inside = self.wait(inside);
            }
            inside.hop = Hop::None;
        });
        result.unwrap_or_else(|| Err(shutting_down()))
    }

    /// Puts what a worker's turn came to on the desk. What is no longer wanted is given back, to be dropped without the lock.
    fn put(&self, polled: Poll<Ended>, call: Call, context: &Context<'_>) -> Option<(Poll<Ended>, Call)> {
        let mut inside = lock(&self.inside);
        if matches!(inside.holds, Holds::Closed) {
            return Some((polled, call));
        }
        let (holds, tell) = match polled {
            Poll::Ready(ended) => (Holds::Done(ended), true),
            Poll::Pending if self.control.end_summons() => (Holds::Home(call), true),
            Poll::Pending => {
                inside.waker = Some(context.waker().clone());
                (Holds::Parked(call), false)
            }
        };
        inside.holds = holds;
        drop(inside);
        self.changed.notify_all();
        if tell {
            (self.notice)();
        }
        None
    }
}

fn shutting_down() -> Error {
    Error::Closed("the instance was closed during this call".into())
}

impl Request {
    /// Runs what is wanted; `then` is called before the guest goes on.
    pub fn serve(mut self, js: &Rc<dyn JsHost>, then: impl FnOnce()) {
        // SAFETY: the worker that asked waits until we answer, in `drop`, so the closure is alive and ours.
        let body = unsafe { &mut *self.body };
        body(js);
        self.served = true;
        then();
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        lock(&self.desk.inside).hop = if self.served { Hop::Served } else { Hop::Refused };
        self.desk.changed.notify_all();
    }
}

/// The task that polls a guest that is away.
struct Away {
    desk: Arc<Desk>,
    task: u64,
}

impl Future for Away {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let desk = &self.desk;
        let mut call = {
            let mut inside = lock(&desk.inside);
            if inside.task != self.task {
                return Poll::Ready(());
            }
            match std::mem::replace(&mut inside.holds, Holds::Running) {
                Holds::Parked(call) => call,
                other => {
                    inside.holds = other;
                    return Poll::Ready(());
                }
            }
        };
        desk.control.begin_turn();
        let polled = {
            let _active = Active::new();
            catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context)))
        };
        let polled =
            polled.unwrap_or_else(|panic| Poll::Ready((None, Err(Error::Internal(panic_text(&*panic))))));
        let goes_on = polled.is_pending();
        let unwanted = desk.put(polled, call, context);
        if unwanted.is_none() && goes_on { Poll::Pending } else { Poll::Ready(()) }
    }
}
