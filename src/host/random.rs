//! Random bytes that follow from a seed: the same for ever, on every machine. Not for secrets.

use std::convert::Infallible;

use blake3::{Hasher, OutputReader};
use rand_core::TryRng;

/// The endless output of a hash of the seed.
pub(super) struct Seeded(OutputReader);

impl Seeded {
    /// The bytes of `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(Hasher::new_derive_key("hs-wasm random_get").update(&seed.to_le_bytes()).finalize_xof())
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}
