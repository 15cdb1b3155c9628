//! Compares two ways to do the same thing: in turn, in many short rounds. It prints the median of the rounds' ratios, with
//! the quartiles.

pub mod chosen;

use chosen::is_chosen;
use std::time::Instant;

pub const ROUNDS: usize = 151;

/// Does the same with every call.
pub type Sender = Box<dyn FnMut()>;

pub fn compare(what: &str, sends: usize, make: impl Fn() -> [Sender; 2]) {
    if !is_chosen(what) {
        return;
    }
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .flat_map(|_| {
            // Made anew for every round: the place of a buffer in memory makes up to 20 % of difference.
            let [mut plain, mut watched] = make();
            let _ = (time(&mut plain, sends / 4), time(&mut watched, sends / 4));
            // Each goes first once: what the first leaves in the caches helps the second.
            let [first, second] = [time(&mut plain, sends), time(&mut watched, sends)];
            let [third, fourth] = [time(&mut watched, sends), time(&mut plain, sends)];
            [second / first, third / fourth]
        })
        .collect();
    print(what, &mut ratios);
}

pub fn time(send: &mut Sender, sends: usize) -> f64 {
    let start = Instant::now();
    for _ in 0..sends {
        send();
    }
    start.elapsed().as_secs_f64()
}

pub fn print(what: &str, ratios: &mut [f64]) {
    let [low, median, high] = quartiles(ratios);
    println!("{what}: {median:.3} x ({low:.3} .. {high:.3})");
}

pub fn quartiles(values: &mut [f64]) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [values.len() / 4, values.len() / 2, values.len() * 3 / 4].map(|index| values[index])
}
