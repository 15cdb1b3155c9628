//! Jitter: how long a racer waits before its call. The seed decides.

use std::hint::spin_loop;
use std::time::{Duration, Instant};

/// How long the racer waits in that round. Once in eight times it does not wait, otherwise it waits less than 1, 2, 4, … 64
/// microseconds. So calls of every length meet, at their beginnings and in their middles.
pub(super) fn jitter(seed: u64, round: u64, racer: usize) -> Duration {
    let mut numbers = SplitMix64(seed);
    let mut numbers = SplitMix64(numbers.next() ^ round);
    let mut numbers = SplitMix64(numbers.next() ^ racer as u64);
    match numbers.next() % 8 {
        0 => Duration::ZERO,
        doublings => Duration::from_nanos(numbers.next() % (1000 << (doublings - 1))),
    }
}

/// Spins for this time. A sleep this short would take much longer.
pub(super) fn spin(time: Duration) {
    if !time.is_zero() {
        let began = Instant::now();
        while began.elapsed() < time {
            spin_loop();
        }
    }
}

/// Guy L. Steele Jr., Doug Lea, Christine H. Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014; the
/// constants are those of Sebastiano Vigna's `splitmix64.c`.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_numbers_are_those_of_the_reference() {
        let mut numbers = SplitMix64(1_234_567);
        let first = [(); 3].map(|()| numbers.next());
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn a_seed_gives_the_same_waits_again_and_others_to_every_round_and_racer() {
        let of = |seed| -> Vec<Duration> {
            (0..100)
                .flat_map(|round| (0..4).map(move |racer| jitter(seed, round, racer)))
                .collect()
        };
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        assert!(of(7).iter().collect::<HashSet<_>>().len() > 300);
    }

    #[test]
    fn a_wait_is_from_none_to_some_tens_of_microseconds() {
        let all: Vec<Duration> = (0..10_000).map(|round| jitter(1, round, 0)).collect();
        let none = all.iter().filter(|jitter| jitter.is_zero()).count();
        assert!((1000..1600).contains(&none), "{none}");
        let longest = all.into_iter().max().unwrap();
        assert!(
            (Duration::from_micros(50)..Duration::from_micros(64)).contains(&longest),
            "{longest:?}"
        );
    }
}
