//! A fault of the program says where it is and nothing of what was being worked on: a message of the library may repeat
//! a name or a number.

use std::panic::Location;

use crate::say::aside;

/// From now on a panic tells its place only.
pub(crate) fn hush() {
    std::panic::set_hook(Box::new(|panic| {
        aside!("{}", told(panic.location()));
    }));
}

fn told(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(|| "?".to_owned(), |p| format!("{}:{}", p.file(), p.line()));
    format!(
        "程序出错（{place}），是程序的错；请把这一行告诉管理员。\nThe program failed ({place}), which is its own fault; give this line to the administrator."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_tells_its_place_in_both_languages_and_nothing_else() {
        let text = told(Some(Location::caller()));
        assert!(
            text.contains("panic.rs:") && text.contains("程序出错") && text.contains("The program failed")
        );
        assert_eq!(text.lines().count(), 2);
    }
}
