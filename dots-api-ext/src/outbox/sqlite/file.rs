//! The file: created where nothing is, opened where one is whole, and locked against every other process.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use super::lock::{Held, lock, private, read_marks, write_marks};
use super::numbers::{sql_time, time};
use super::rows::SqliteStore;
use super::schema::{APPLICATION, TABLES, VERSION};
use crate::outbox::file_problem::FileProblem;
use crate::outbox::row::Time;

/// How far a clock may be behind the latest time in the file.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The first version without a race that damages files in WAL mode (sqlite.org/changes.html).
const WAL_IS_SAFE: i32 = 3_051_003;

/// File systems on which locks and syncs do not hold.
const NETWORK: [&str; 9] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "fuse.sshfs", "ceph", "glusterfs"];

/// A file that is open, and locked against other processes.
#[derive(Debug)]
pub(in crate::outbox) struct SqliteFile {
    connection: Connection,
    pub store_id: Uuid,
    /// What the user calls the account.
    pub name: String,
    restored_at: Option<Time>,
    latest: Time,
    /// Dropped last: it keeps other processes out as long as the connection is open.
    _held: Held,
}

impl SqliteFile {
    /// Returns the store over it.
    pub(super) fn store(&self) -> SqliteStore<'_> {
        SqliteStore::over(&self.connection, self.restored_at, self.latest)
    }
}

/// Creates an outbox where nothing is.
pub(in crate::outbox) fn create(
    path: &Path,
    now: Time,
    name: &str,
    place: &Place,
) -> Result<SqliteFile, FileProblem> {
    let io = |error| FileProblem::Io(path.to_owned(), error);
    let path = &by_one_name(path, false).map_err(io)?;
    refuse_network(path)?;
    if fs::symlink_metadata(path).is_ok() {
        return Err(FileProblem::Exists(path.to_owned()));
    }
    let mut held = lock(path)?;
    match private().write(true).create_new(true).open(path) {
        Ok(file) => file.sync_all().map_err(io)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(FileProblem::Exists(path.to_owned()));
        }
        Err(error) => return Err(io(error)),
    }
    let store_id = new_id();
    let made = || -> Result<Connection, rusqlite::Error> {
        let mut connection = connect(path)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.execute(
            "INSERT INTO store (id, store_id, account, name, server, app, incarnation, opened, file, latest) \
             VALUES (1, ?1, ?4, ?5, ?6, ?7, 0, 1, ?2, ?3)",
            (
                store_id.to_string(),
                name_of(path),
                sql_time(now),
                place.account.to_string(),
                name,
                &place.server,
                &place.app,
            ),
        )?;
        transaction.commit()?;
        Ok(connection)
    };
    let connection = made().map_err(|error| FileProblem::Sqlite(path.to_owned(), error))?;
    write_marks(&mut held.0, 1).map_err(io)?;
    sync_folder(path).map_err(io)?;
    Ok(SqliteFile {
        connection,
        store_id,
        name: name.to_owned(),
        restored_at: None,
        latest: now,
        _held: held,
    })
}

/// What the payouts of a file are bound to.
#[derive(Clone, Debug)]
pub(in crate::outbox) struct Place {
    /// Stands for the client id.
    pub account: Uuid,
    /// The server that they are sent to.
    pub server: String,
    /// The app that they are for, or `none`.
    pub app: String,
}

/// What a file is opened as.
#[derive(Clone, Debug)]
pub(in crate::outbox) struct Opening {
    /// Whether it may be a copy.
    pub is_restored: bool,
    /// Whether it may be of another client id.
    pub is_rotated: bool,
    /// Whether this machine's clock was ahead before, and is right.
    pub is_set_right: bool,
    /// What its payouts have to be bound to.
    pub place: Place,
}

/// Opens an outbox that is whole; a copy, or one of another client id, only if it is said to be one.
pub(in crate::outbox) fn open(path: &Path, now: Time, opening: Opening) -> Result<SqliteFile, FileProblem> {
    let Opening { is_restored, is_rotated, is_set_right, place } = opening;
    let path = &match by_one_name(path, true) {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(FileProblem::Missing(path.to_owned()));
        }
        Err(error) => return Err(FileProblem::Io(path.to_owned(), error)),
    };
    let sqlite = |error| FileProblem::Sqlite(path.clone(), error);
    let io = |error| FileProblem::Io(path.clone(), error);
    refuse_network(path)?;
    let metadata = fs::metadata(path).map_err(io)?;
    refuse_shared(path, &metadata)?;
    let mut held = lock(path)?;
    let marks = read_marks(&mut held.0).map_err(io)?;
    refuse_foreign(path)?;
    let connection = connect(path).map_err(|error| damaged(path, error))?;
    check(path, &connection)?;
    let said = Said::of(&connection).map_err(|error| damaged(path, error))?;
    let is_another = said.is_copy || said.file != name_of(path) || marks.opened > said.opened;
    if is_another && !is_restored {
        return Err(FileProblem::Copied(path.to_owned()));
    }
    said.refuse_other(path, &place)?;
    if said.account != place.account.to_string() && !is_rotated {
        return Err(FileProblem::OtherAccount(path.to_owned()));
    }
    if !is_restored && !is_set_right && now.after(TOLERANCE) < said.latest {
        return Err(FileProblem::ClockBehind(path.to_owned(), said.latest.since(now)));
    }
    let store_id = said.store_id.parse().map_err(|_| FileProblem::Foreign(path.to_owned()))?;
    let opened = said.opened.max(marks.opened).saturating_add(1);
    let latest = if is_restored { now } else { said.latest.max(now) };
    let restored_at = if is_restored { Some(now) } else { said.restored_at };
    let sql = "UPDATE store SET opened = ?1, file = ?2, is_copy = ?3, incarnation = incarnation + ?3, latest = ?4, \
        restored_at = ?5";
    let restored = restored_at.map(sql_time);
    let values = (opened, name_of(path), i64::from(is_restored), sql_time(latest), restored);
    connection.execute(sql, values).map_err(sqlite)?;
    write_marks(&mut held.0, opened).map_err(io)?;
    // On the disk, the clock is set back when its caller says so.
    let latest = if is_set_right { now } else { latest };
    Ok(SqliteFile { connection, store_id, name: said.name, restored_at, latest, _held: held })
}

/// What a file says of itself.
struct Said {
    store_id: String,
    name: String,
    account: String,
    server: String,
    app: String,
    opened: i64,
    file: String,
    is_copy: bool,
    latest: Time,
    restored_at: Option<Time>,
}

impl Said {
    fn of(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let sql = "SELECT store_id, account, opened, file, is_copy, latest, restored_at, name, server, app \
            FROM store";
        connection.query_row(sql, [], |row| {
            Ok(Self {
                store_id: row.get(0)?,
                account: row.get(1)?,
                opened: row.get(2)?,
                file: row.get(3)?,
                is_copy: row.get(4)?,
                latest: time(row.get(5)?),
                restored_at: row.get::<_, Option<i64>>(6)?.map(time),
                name: row.get(7)?,
                server: row.get(8)?,
                app: row.get(9)?,
            })
        })
    }

    /// Refuses a client that would send its payouts elsewhere, or look for them there.
    fn refuse_other(&self, path: &Path, place: &Place) -> Result<(), FileProblem> {
        for (what, theirs, ours) in [("server", &self.server, &place.server), ("app", &self.app, &place.app)]
        {
            if theirs != ours {
                let (theirs, ours) = (theirs.clone(), ours.clone());
                return Err(FileProblem::OtherPlace { path: path.to_owned(), what, theirs, ours });
            }
        }
        Ok(())
    }
}

/// Opens the connection so that a commit is on the disk when it returns.
fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    let journal = if rusqlite::version_number() >= WAL_IS_SAFE { "WAL" } else { "DELETE" };
    connection.pragma_update_and_check(None, "journal_mode", journal, |_| Ok(()))?;
    for (name, value) in [
        ("synchronous", "FULL"),
        ("fullfsync", "ON"),
        ("checkpoint_fullfsync", "ON"),
        ("cell_size_check", "ON"),
        // What is pruned is gone.
        ("secure_delete", "ON"),
    ] {
        connection.pragma_update(None, name, value)?;
    }
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // In KiB if negative: the keys of a run of a million fall everywhere.
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(connection)
}

fn check(path: &Path, connection: &Connection) -> Result<(), FileProblem> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let version = number("user_version").map_err(|error| damaged(path, error))?;
    if number("application_id").map_err(|error| damaged(path, error))? != APPLICATION {
        return Err(FileProblem::Foreign(path.to_owned()));
    }
    if version > VERSION {
        return Err(FileProblem::Newer(path.to_owned()));
    }
    let found = connection.pragma_query_value(None, "integrity_check", |row| row.get::<_, String>(0));
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(FileProblem::Damaged(path.to_owned(), found)),
        Err(error) => Err(damaged(path, error)),
    }
}

fn damaged(path: &Path, error: rusqlite::Error) -> FileProblem {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) | None => {
            FileProblem::Damaged(path.to_owned(), error.to_string())
        }
        Some(_) => FileProblem::Sqlite(path.to_owned(), error),
    }
}

fn refuse_foreign(path: &Path) -> Result<(), FileProblem> {
    let mut head = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    match read {
        Ok(()) if head.starts_with(b"SQLite format 3") => Ok(()),
        Ok(()) => Err(FileProblem::Foreign(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(FileProblem::Damaged(path.to_owned(), "it is too short".to_owned()))
        }
        Err(error) => Err(FileProblem::Io(path.to_owned(), error)),
    }
}

/// Refuses a network file system, where the system tells.
pub(super) fn refuse_network(path: &Path) -> Result<(), FileProblem> {
    let Ok(mounts) = fs::read_to_string("/proc/self/mounts") else { return Ok(()) };
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(folder) = fs::canonicalize(folder) else { return Ok(()) };
    let place = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(mount, _)| folder.starts_with(mount))
        .max_by_key(|(mount, _)| mount.len());
    match place {
        Some((_, kind)) if NETWORK.contains(&kind) => {
            Err(FileProblem::Network(path.to_owned(), kind.to_owned()))
        }
        _ => Ok(()),
    }
}

/// Returns the one name of a file, or of one that is still to be made: the lock stands beside that.
fn by_one_name(path: &Path, is_there: bool) -> io::Result<PathBuf> {
    if is_there {
        return fs::canonicalize(path);
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| io::Error::other("it has no name"))?;
    Ok(fs::canonicalize(folder)?.join(name))
}

fn new_id() -> Uuid {
    *dots_api::IdempotencyKey::default().as_uuid()
}

#[cfg(unix)]
fn refuse_shared(path: &Path, metadata: &fs::Metadata) -> Result<(), FileProblem> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(FileProblem::Shared(path.to_owned()));
    }
    if metadata.nlink() > 1 { Err(FileProblem::Linked(path.to_owned())) } else { Ok(()) }
}

#[cfg(not(unix))]
fn refuse_shared(_: &Path, _: &fs::Metadata) -> Result<(), FileProblem> {
    Ok(())
}

/// Tells a file from its copies, as far as the system can: by its number on its disk.
#[cfg(unix)]
fn name_of(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).map(|metadata| metadata.ino().to_string()).unwrap_or_default()
}

#[cfg(not(unix))]
fn name_of(_: &Path) -> String {
    String::new()
}

#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::{Place, create};
    use crate::outbox::conformance::check_store;
    use crate::outbox::event::{Answer, Event};
    use crate::outbox::outbox_store::OutboxStore as _;
    use crate::outbox::row::{Now, Rules, State, Time};
    use crate::outbox::store::{Note, Store as _};

    #[test]
    fn it_does_what_every_store_does() {
        let folder = std::env::temp_dir().join(format!("dots-outbox-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("conformance.sqlite");
        let place = Place { account: uuid::Uuid::nil(), server: String::new(), app: String::new() };
        let file = create(&file, Time(1), "main", &place).unwrap();
        let mut store = file.store();
        assert_eq!(check_store(&mut store), Ok(()));
        // What came of an attempt does not undo what was written since its claim.
        let claimed = store.find("b/2").unwrap().unwrap();
        let rules = Rules::default();
        let now = Now { store: Time(30), worker: Time(30) };
        store.apply("b/2", Event::Found { generation: 0 }, &Note::default(), now, &rules).unwrap();
        let late = Event::Answered { seen: claimed.row.seen(), answer: Answer::Rejected };
        store.apply_known(&claimed, late, &Note::default(), now, &rules).unwrap();
        assert_eq!(store.find("b/2").unwrap().unwrap().row.state, State::Settled);
        drop(store);
        drop(file);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
