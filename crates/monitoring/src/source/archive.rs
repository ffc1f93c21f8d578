//! 压缩包检查: a workbook is a zip archive of XML. Before any of it is kept, every part is unpacked once into nothing and
//! counted while it unpacks; what an archive says of itself is believed only where it counts against it.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use crate::problem::{FileProblemKind, Trap};

/// What a workbook may unpack to. A sheet of a million rows and ten columns stays below it.
pub(super) const MOST_UNPACKED: u64 = 1 << 30;
/// Unpacked bytes to one packed byte; sheets of a spreadsheet program stay below forty.
const MOST_RATIO: u64 = 200;
/// Small archives may have any ratio: nothing that they unpack to is much.
const ALWAYS_UNPACKED: u64 = 16 << 20;
/// Parts of an archive; a workbook has some tens.
const MOST_PARTS: usize = 2_000;
/// Elements within elements; a sheet has ten.
const DEEPEST: usize = 256;
/// Bytes of one tag; a reader compares the attributes of a tag with one another.
const LONGEST_TAG: usize = 16 * 1024;

/// Refuses an archive that is no workbook or that is made to cost too much.
pub(super) fn check(bytes: &[u8]) -> Result<(), FileProblemKind> {
    let damaged = |e: &dyn ToString| FileProblemKind::Truncated { detail: e.to_string(), bytes: bytes.len() };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    if archive.len() > MOST_PARTS {
        return Err(FileProblemKind::Trap(Trap::Parts { found: archive.len(), most: MOST_PARTS }));
    }
    if archive.index_for_name("[Content_Types].xml").is_none() {
        return Err(FileProblemKind::Format {
            declared: "XLSX".into(),
            looks_zh: "普通压缩包，里面没有工作簿".into(),
            looks_en: "a zip archive without a workbook in it".into(),
        });
    }
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let most = MOST_UNPACKED.min(size.saturating_mul(MOST_RATIO).max(ALWAYS_UNPACKED));
    let declared = archive.decompressed_size().unwrap_or_default();
    if declared > u128::from(MOST_UNPACKED) {
        let unpacked = u64::try_from(declared).unwrap_or(u64::MAX);
        return Err(FileProblemKind::TooLarge { unpacked, most: MOST_UNPACKED });
    }
    let mut left = most;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|e| damaged(&e))?;
        let name = part.name().map_err(|e| damaged(&e))?.to_ascii_lowercase();
        let mut counted = BufReader::new(Counted { part, left, over: false });
        let found = look(&name, &mut counted);
        if counted.get_ref().over {
            return Err(if most == MOST_UNPACKED {
                FileProblemKind::TooLarge { unpacked: MOST_UNPACKED, most: MOST_UNPACKED }
            } else {
                FileProblemKind::Trap(Trap::Ratio { packed: size, most: MOST_RATIO })
            });
        }
        match found {
            Ok(None) => left = counted.get_ref().left,
            Ok(Some(trap)) => return Err(FileProblemKind::Trap(trap)),
            Err(error) => return Err(damaged(&error)),
        }
    }
    Ok(())
}

/// A part that stops when the whole archive has unpacked to too much.
struct Counted<R> {
    part: R,
    left: u64,
    over: bool,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(buffer)?;
        match self.left.checked_sub(u64::try_from(read).unwrap_or(u64::MAX)) {
            Some(left) => self.left = left,
            None => {
                self.over = true;
                return Err(io::Error::other("unpacks to too much"));
            }
        }
        Ok(read)
    }
}

/// Reads a part to its end and says what is wrong with it. XML that breaks its own rules is left to the reader that
/// needs it, which says so in its own words.
fn look(name: &str, part: &mut impl BufRead) -> io::Result<Option<Trap>> {
    let head = part.fill_buf()?;
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"Rar!") || head.starts_with(b"7z\xbc\xaf") {
        return Ok(Some(Trap::Nested));
    }
    let xml = [".xml", ".rels", ".vml"].iter().any(|ending| name.ends_with(ending));
    if xml && let Some(trap) = look_at_xml(part) {
        return Ok(Some(trap));
    }
    io::copy(part, &mut io::sink())?;
    Ok(None)
}

fn look_at_xml(part: &mut impl BufRead) -> Option<Trap> {
    let mut reader = Reader::from_reader(part);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    let (mut buffer, mut depth) = (Vec::new(), 0_usize);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::DocType(_)) => return Some(Trap::Entities),
            Ok(Event::Start(tag) | Event::Empty(tag)) if tag.len() > LONGEST_TAG => {
                return Some(Trap::Tag { bytes: tag.len(), most: LONGEST_TAG });
            }
            Ok(Event::Start(_)) => {
                depth += 1;
                if depth > DEEPEST {
                    return Some(Trap::Depth { most: DEEPEST });
                }
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}
