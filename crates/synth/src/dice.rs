//! The only source of chance: ChaCha streams by purpose and index, and the three ways to ask them.
//!
//! Whole numbers only, and no sampling code of another crate: the bytes of a seed must not change when a
//! dependency does.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::calibration::{ByAge, Chance, Spread};

/// What a stream is used for; a new use gets a new number, so that the others keep their bytes.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// Who lives in a household and what they own.
    Household = 1,
    /// What happens to it in the 24 months.
    Events = 2,
    /// Visits to doctors.
    Care = 3,
    /// Which entitled families receive, and who is wrongly paid.
    Awards = 4,
    /// What a department sees.
    Observation = 5,
    /// Which errors its file carries.
    Spoiling = 6,
    /// Floods.
    Disasters = 7,
    /// When a family agreed to be checked.
    Authorisations = 8,
}

/// One stream of chance.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream((purpose as u64) << 48 | index);
        Self(rng)
    }

    /// A whole number below `n` (0 for `n = 0`).
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.abs_diff(low) + 1) as i64
    }

    /// True once in a million times `ppm`.
    pub(crate) fn ppm(&mut self, ppm: u32) -> bool {
        self.below(1_000_000) < u64::from(ppm)
    }

    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < u64::from(percent)
    }

    pub(crate) fn happens(&mut self, chance: &Chance) -> bool {
        self.ppm(chance.ppm)
    }

    pub(crate) fn happens_at(&mut self, rate: &ByAge, age: i32) -> bool {
        self.ppm(rate.at(age))
    }

    /// A bucket by its weight, then evenly inside it.
    pub(crate) fn draw(&mut self, spread: &Spread) -> i64 {
        let total: u64 = spread.buckets.iter().map(|b| u64::from(b.0)).sum();
        let mut left = self.below(total);
        for &(weight, low, high) in spread.buckets {
            match left.checked_sub(u64::from(weight)) {
                Some(rest) => left = rest,
                None => return self.between(low, high),
            }
        }
        0
    }

    /// A position in `weights`, each as likely as its weight says.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
        let mut left = self.below(total);
        for (i, weight) in weights.iter().enumerate() {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return i,
            }
        }
        0
    }

    /// One of the items, all equally likely.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// One of the texts; empty only where there is none.
    pub(crate) fn text(&mut self, items: &[&'static str]) -> &'static str {
        self.pick(items).copied().unwrap_or_default()
    }
}
