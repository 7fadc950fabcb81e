//! Functions of ours that are called in place of imports.

use super::Known;
use super::body::{Body, Means};
use super::claims::{claim, give_up};
use super::post::{Post, post};
use super::reader::Shape;

/// One of them. They are added in the order of [`stand_ins`].
#[derive(Clone, Copy, Debug)]
pub(super) struct StandIn {
    /// The index of the import.
    pub(super) import: u32,
    does: Does,
}

#[derive(Clone, Copy, Debug)]
enum Does {
    /// See [`super::post`]; the place among those that may be queued.
    Post(usize),
    /// See [`super::claims`].
    Claim,
    GiveUp,
}

/// All of them.
pub(super) fn stand_ins(known: &Known) -> Vec<StandIn> {
    let post = |(place, post): (usize, &Post)| StandIn { import: post.function, does: Does::Post(place) };
    let posts = known.posts.iter().enumerate().map(post);
    let claim = known.claim.map(|import| StandIn { import, does: Does::Claim });
    let give_up = known.give_up.map(|import| StandIn { import, does: Does::GiveUp });
    posts.chain(claim).chain(give_up).collect()
}

impl StandIn {
    pub(super) fn body(self, shape: &Shape<'_>, means: &Means) -> Body {
        match self.does {
            Does::Post(place) => post(shape, means, place),
            Does::Claim => claim(shape, means, self.import),
            Does::GiveUp => give_up(shape, means, self.import),
        }
    }
}
