//! The end of an instance.

use super::calls::{NodeInstance, State};

impl NodeInstance {
    /// Ends the instance. Views of its memory become empty first.
    pub(super) fn close(&self) {
        self.js.memory.refresh(None);
        self.js.queue().detach();
        let ended = self.state.replace(State::Closed);
        self.desk.close();
        self.stdio.stdout.close();
        self.stdio.stderr.close();
        self.bury(ended);
    }

    /// Drops what is left of a guest, unless JavaScript sees its memory; then later.
    pub(super) fn bury<T: 'static>(&self, guest: T) {
        if self.js.memory.is_seen() {
            self.buried.borrow_mut().push(Box::new(guest));
        }
    }
}

impl Drop for NodeInstance {
    fn drop(&mut self) {
        self.close();
    }
}
