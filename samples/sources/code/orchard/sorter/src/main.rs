//! Sorts apples into lanes: reads "weight red green blue" lines and prints the lane of each apple.

mod lane;

use lane::{Apple, Lane, Rules};
use std::io::{self, BufRead, Write};

fn main() -> io::Result<()> {
    let rules = Rules::default();
    let mut counts = [0usize; Lane::COUNT];
    let mut out = io::BufWriter::new(io::stdout().lock());

    for (index, line) in io::stdin().lock().lines().enumerate() {
        let line = line?;
        match line.parse::<Apple>() {
            Ok(apple) => {
                let lane = rules.lane_of(&apple);
                counts[lane as usize] += 1;
                writeln!(out, "{lane:?}")?;
            }
            Err(message) => eprintln!("line {}: {message}", index + 1),
        }
    }

    for (lane, count) in Lane::ALL.iter().zip(counts) {
        writeln!(out, "{lane:?}: {count}")?;
    }
    out.flush()
}
