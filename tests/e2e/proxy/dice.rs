//! Numbers by chance.

/// A small generator of numbers (splitmix64): the same seed is the same schedule.
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.next() % most.max(1)
    }

    pub(crate) fn of_thousand(&mut self, rate: u64) -> bool {
        self.below(1000) < rate
    }

    pub(crate) fn millis(&mut self, most: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(most).expect("a span"))).expect("a span")
    }

    pub(crate) fn pick<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        let at = self.below(some.len() as u64);
        &some[usize::try_from(at).expect("small")]
    }
}
