//! The keys that a test's county is sealed with: made by the program, read again to open the database past it.

use std::path::Path;

use doudi_access::SoftKeys;
use doudi_access::keys::{KeyFile, Share};
use doudi_store::Keys;

/// Makes `keys/doudi.keys` in a folder, with the shares beside it.
#[allow(dead_code, reason = "the demo makes its own")]
pub(crate) const CREATE: [&str; 8] =
    ["keys", "create", "--holders", "2", "--threshold", "2", "--shares", "keys"];

/// The keys in the folder `keys` of a folder.
#[allow(dead_code, reason = "not every test opens the database past the program")]
pub(crate) fn load(folder: &Path) -> Keys {
    let text = |name: &str| std::fs::read_to_string(folder.join("keys").join(name)).unwrap();
    let shares: Vec<Share> =
        ["share-1.txt", "share-2.txt"].map(|name| Share::from_text(&text(name)).unwrap()).into();
    let unlocked = KeyFile::from_json(&text("doudi.keys")).unwrap().unlock(&shares).unwrap();
    Keys::new(SoftKeys::derive(unlocked.ring()).unwrap())
}
