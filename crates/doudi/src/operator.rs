//! 操作人: who gives commands at the machine. The operating system knows, the command line does not ask: what somebody
//! types of themselves proves nothing.

use std::fs;

/// The name for the record: whoever logged in, and as whom they act where that is somebody else (after `sudo`). A number
/// where the machine has no name for it.
pub(crate) fn name() -> String {
    let (user, login) = (user(), login());
    match (user, login) {
        (Some(user), Some(login)) if user != login => format!("{} as {}", named(login), named(user)),
        (Some(user), _) => named(user),
        (None, Some(login)) => named(login),
        (None, None) => "unknown".to_owned(),
    }
}

#[cfg(unix)]
fn user() -> Option<u32> {
    Some(rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn user() -> Option<u32> {
    None
}

/// Who logged in, which stays the same through `sudo` and `su`; the kernel says 2³² − 1 where nobody did.
fn login() -> Option<u32> {
    let text = fs::read_to_string("/proc/self/loginuid").ok()?;
    text.trim().parse().ok().filter(|id| *id != u32::MAX)
}

fn named(id: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    in_list(&users, id).unwrap_or_else(|| format!("uid {id}"))
}

fn in_list(users: &str, id: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(id) && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::{in_list, name};

    #[test]
    fn a_number_becomes_the_name_of_the_list() {
        let users = "root:x:0:0:root:/root:/bin/bash\n# broken\nwang:x:1004:100::/home/wang:/bin/sh\n";
        assert_eq!(in_list(users, 1004).as_deref(), Some("wang"));
        assert_eq!(in_list(users, 7), None);
        assert!(!name().is_empty());
    }
}
