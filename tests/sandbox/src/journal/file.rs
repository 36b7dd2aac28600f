//! The journal file: locked, append-only, and replayed at the next start.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{Entries, InitialOverrides, InitialState, StateError, error::Why, header};

/// Characters of the hash at the beginning of a line.
const HASH: usize = 16;

/// The state file of a sandbox, as it was found at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateFile {
    /// The path of the file.
    pub path: PathBuf,
    /// How many changes were replayed from it; 0 for a new world.
    pub changes: u64,
    /// How many bytes behind the last whole change were cut off. They belonged to a change that was being written when
    /// the sandbox was killed, and that no client was told of.
    pub cut: u64,
}

/// A state file in use. It stays locked until it is closed.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    /// `None` once it is closed.
    file: Option<File>,
    /// The hash of the last line.
    last: u64,
    /// Why nothing can be written any more.
    failure: Option<String>,
}

impl Journal {
    /// Opens a file, or creates it, and locks it.
    ///
    /// # Errors
    /// Refuses a file that is in use, some other kind of file, and a world that began with other settings than these.
    pub(crate) fn open(path: &Path, overrides: InitialOverrides) -> Result<(Self, InitialState), StateError> {
        let fail = |why| StateError::new(path, why);
        let file = open(path).map_err(|error| fail(Why::Unreadable(error)))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => fail(Why::Locked),
            TryLockError::Error(error) => fail(Why::Unreadable(error)),
        })?;
        let mut journal = Self { path: path.to_owned(), file: Some(file), last: 0, failure: None };
        let mut lines = journal.lines().map_err(|error| fail(Why::Unreadable(error)))?;
        let header = match lines.next(0).map_err(|error| fail(Why::Unreadable(error)))? {
            Found::Line { json, hash } => Some((header::read(path, json, overrides)?, hash)),
            Found::End { cut: 0 } => None,
            // Whatever it is, it may be of value to its owner.
            Found::End { .. } | Found::Damage(_) => return Err(fail(Why::Foreign)),
        };
        drop(lines);
        if let Some((initial, hash)) = header {
            journal.last = hash;
            return Ok((journal, initial));
        }
        let initial = overrides.resolve();
        let header = header::write(path, initial)?;
        let begun = journal.write(header).and_then(|()| journal.sync()).and_then(|()| sync_folder(path));
        if let Err(error) = begun {
            // The file was empty before, and half a header would be taken for another kind of file.
            let _ = journal.file.as_ref().map(|file| file.set_len(0));
            return Err(fail(Why::Unwritable(error)));
        }
        Ok((journal, initial))
    }

    /// Replays every change, oldest first, and cuts off a change that was not written to its end.
    ///
    /// # Errors
    /// Returns which line is damaged, or was refused by `change`.
    pub(crate) fn replay(
        &mut self,
        mut change: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<StateFile, StateError> {
        let path = self.path.clone();
        let fail = |why| StateError::new(&path, why);
        let unreadable = |error| fail(Why::Unreadable(error));
        let mut lines = self.lines().map_err(unreadable)?;
        let mut last = 0;
        let cut = loop {
            let number = lines.read.saturating_add(1);
            let damaged = |what| fail(Why::Damaged { line: number, what });
            match lines.next(last).map_err(unreadable)? {
                Found::Line { json, hash } => {
                    last = hash;
                    // The first line was read when the file was opened.
                    if number > 1 {
                        change(json).map_err(damaged)?;
                    }
                }
                Found::End { cut } => break cut,
                Found::Damage(what) => return Err(damaged(what.to_owned())),
            }
        };
        let (end, changes) = (lines.end, lines.read.saturating_sub(1));
        drop(lines);
        self.last = last;
        self.end_at(end, cut).map_err(|error| fail(Why::Unwritable(error)))?;
        Ok(StateFile { path, changes, cut })
    }

    /// Sets the position of the next line, right behind the last whole one.
    fn end_at(&mut self, end: u64, cut: u64) -> io::Result<()> {
        let file = self.file.as_mut().ok_or_else(closed)?;
        if cut > 0 {
            file.set_len(end)?;
        }
        file.seek(SeekFrom::Start(end)).map(drop)
    }

    /// Appends the recorded entries as one line. After a failure nothing is appended any more: what follows half a line
    /// could not be read again.
    pub(crate) fn append<const N: usize>(&mut self, parts: [(&str, &mut Entries); N]) {
        if parts.iter().all(|(_, entries)| entries.is_empty()) {
            return;
        }
        let line = line(parts);
        if self.why_not_kept().is_some() {
            return;
        }
        if let Err(error) = line.and_then(|line| self.write(line)) {
            self.fail(&error);
        }
    }

    /// Returns why writing failed, if it did.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Returns why changes are not kept now, if they are not.
    pub(crate) fn why_not_kept(&self) -> Option<&str> {
        let stopped = self.file.is_none().then_some("the sandbox has stopped");
        self.failure().or(stopped)
    }

    fn fail(&mut self, error: &io::Error) {
        self.failure = Some(format!("could not write the state file `{}`: {error}", self.path.display()));
    }

    /// Waits until the disk has everything, and closes the file. Later changes are not kept.
    pub(crate) fn close(&mut self) {
        if self.file.is_none() {
            return;
        }
        let synced = self.sync();
        self.file = None;
        if let (Err(error), None) = (synced, &self.failure) {
            self.fail(&error);
        }
    }

    fn write(&mut self, json: Vec<u8>) -> io::Result<()> {
        let file = self.file.as_mut().ok_or_else(closed)?;
        let hash = hash(self.last, &json);
        let mut line = format!("{hash:016x} ").into_bytes();
        line.extend(json);
        line.push(b'\n');
        file.write_all(&line)?;
        self.last = hash;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.file.as_ref().ok_or_else(closed)?.sync_all()
    }

    fn lines(&self) -> io::Result<Lines<'_>> {
        let mut file = self.file.as_ref().ok_or_else(closed)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Lines { file: BufReader::with_capacity(1 << 20, file), line: Vec::new(), end: 0, read: 0 })
    }
}

/// Reads the lines of a file, one by one.
struct Lines<'f> {
    file: BufReader<&'f File>,
    line: Vec<u8>,
    /// Where the last whole line ends.
    end: u64,
    /// How many lines were whole.
    read: u64,
}

/// What comes next in a file.
enum Found<'l> {
    Line {
        json: &'l [u8],
        hash: u64,
    },
    /// The end of the file, behind this many bytes of an unfinished line.
    End {
        cut: u64,
    },
    Damage(&'static str),
}

impl Lines<'_> {
    /// Reads the next line; `last` is the hash of the line before it.
    fn next(&mut self, last: u64) -> io::Result<Found<'_>> {
        self.line.clear();
        let read = u64::try_from(self.file.read_until(b'\n', &mut self.line)?).unwrap_or(u64::MAX);
        let Some(line) = self.line.strip_suffix(b"\n") else { return Ok(Found::End { cut: read }) };
        let Some((hash_text, rest)) = line.split_at_checked(HASH) else {
            return Ok(Found::Damage("it is too short"));
        };
        let Some(json) = rest.strip_prefix(b" ") else {
            return Ok(Found::Damage("it does not begin with a hash"));
        };
        let written = std::str::from_utf8(hash_text).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
        let hash = hash(last, json);
        if written != Some(hash) {
            return Ok(Found::Damage("its hash is another one"));
        }
        self.end = self.end.saturating_add(read);
        self.read = self.read.saturating_add(1);
        Ok(Found::Line { json, hash })
    }
}

/// Joins the parts that have entries, such as `{"state":[…],"webhooks":[…]}`.
fn line<const N: usize>(parts: [(&str, &mut Entries); N]) -> io::Result<Vec<u8>> {
    let mut line = b"{".to_vec();
    for (name, entries) in parts {
        if entries.is_empty() {
            continue;
        }
        if line.len() > 1 {
            line.push(b',');
        }
        line.extend(format!("\"{name}\":[").into_bytes());
        entries.take(&mut line).map_err(io::Error::other)?;
        line.push(b']');
    }
    line.push(b'}');
    Ok(line)
}

/// Hashes a line together with the hash of the line before it: FNV-1a, eight bytes at a time. It detects accidents, not
/// attacks.
fn hash(last: u64, json: &[u8]) -> u64 {
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
    let (words, rest) = json.as_chunks::<8>();
    let hash =
        words.iter().fold(last ^ 0xcbf2_9ce4_8422_2325, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte) | 0x100))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    // The file holds signing secrets, and personal data if a test uses any.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // Reading a device or a pipe might never end.
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a plain file")) }
}

/// Syncs the folder, so that the new file's name is on the disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Other systems cannot open a folder like a file; they write the name with the file.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn closed() -> io::Error {
    io::Error::other("the sandbox has stopped")
}
