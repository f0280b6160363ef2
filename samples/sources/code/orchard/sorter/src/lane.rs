//! What the camera and the scale know about an apple, and the rules that follow from it.

use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Table,
    Kitchen,
    Juice,
    Reject,
}

impl Lane {
    pub const COUNT: usize = 4;
    pub const ALL: [Lane; Lane::COUNT] = [Lane::Table, Lane::Kitchen, Lane::Juice, Lane::Reject];
}

#[derive(Debug, PartialEq)]
pub struct Apple {
    pub grams: u32,
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

impl FromStr for Apple {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let numbers: Vec<u32> = line
            .split_whitespace()
            .map(|word| word.parse().map_err(|_| format!("'{word}' is not a number")))
            .collect::<Result<_, _>>()?;
        match numbers[..] {
            [grams, red, green, blue] if red < 256 && green < 256 && blue < 256 => Ok(Apple {
                grams,
                red: red as u8,
                green: green as u8,
                blue: blue as u8,
            }),
            _ => Err(format!("expected a weight and three colours below 256, got '{line}'")),
        }
    }
}

pub struct Rules {
    pub table_grams: std::ops::RangeInclusive<u32>,
    pub kitchen_grams: u32,
    pub brown_limit: i32,
}

impl Default for Rules {
    fn default() -> Self {
        Rules { table_grams: 140..=260, kitchen_grams: 90, brown_limit: 40 }
    }
}

impl Rules {
    /// A rotten spot is darker in red and green than in blue.
    pub fn lane_of(&self, apple: &Apple) -> Lane {
        let brightness = i32::from(apple.red) + i32::from(apple.green) - 2 * i32::from(apple.blue);
        if brightness < self.brown_limit {
            Lane::Reject
        } else if self.table_grams.contains(&apple.grams) && apple.red > apple.green {
            Lane::Table
        } else if apple.grams >= self.kitchen_grams {
            Lane::Kitchen
        } else {
            Lane::Juice
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_red_apple_of_middle_weight_goes_to_the_table() {
        let apple = "180 200 90 40".parse().unwrap();
        assert_eq!(Rules::default().lane_of(&apple), Lane::Table);
    }

    #[test]
    fn a_missing_colour_is_an_error() {
        assert!("180 200 90".parse::<Apple>().is_err());
    }
}
