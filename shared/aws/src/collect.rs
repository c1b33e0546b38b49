//! An inventory directory (`docs/INVENTORY.md`), filled from AWS.
//!
//! What was interrupted goes on: a file beside the accounts holds the moment when it began, and files that
//! are newer are not read again.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;
use stanchion_hub::{Cloud, CloudError, Key, Millis};
use thiserror::Error;

use crate::cloud::{AwsCloud, in_turns};
use crate::notes::Notes;

/// How long after its beginning an interrupted run goes on. After that it begins anew: half of an
/// inventory would be much older than the other.
const GOES_ON: Millis = 24 * 60 * 60 * 1000;

/// The file that holds the moment of the beginning, in milliseconds since the Unix epoch.
const BEGUN: &str = ".collecting";

/// How far it has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Accounts that are read, or could not be.
    pub accounts: usize,
    /// How many there are; 0 while that is not known.
    pub of: usize,
    /// Users and roles that were read.
    pub principals: usize,
}

/// How often a credential report is asked for, and how long after the time before: IAM needs some seconds for it.
const REPORT_TRIES: usize = 30;
/// See [`REPORT_TRIES`].
const REPORT_PAUSE: Duration = Duration::from_secs(2);

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Accounts that were read, by this run or by the one that it goes on with.
    pub accounts: usize,
    /// Those of them that were read before.
    pub read_before: usize,
    /// Users and roles that this run read.
    pub principals: usize,
    /// Why something could not be read, by account; `organization` for the organization.
    pub unread: BTreeMap<String, String>,
    /// Whether another run may read some of that; it goes on with this one.
    pub again: bool,
    /// Accounts that were not asked for, and why: those that are closed, for instance.
    pub left_out: BTreeMap<String, String>,
    /// Accounts that the directory has a file of, and that are none of those that were asked for.
    pub others: Vec<String>,
}

/// Why nothing, or not all of it, could be written.
#[derive(Debug, Error)]
pub enum CollectError {
    /// A file or directory.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// AWS, before any account was read.
    #[error(transparent)]
    Cloud(#[from] CloudError),
}

/// Reads the organization, Identity Center and accounts into a directory: these accounts, or all that are
/// active if there are none. `own` is the account of the credentials, which is read where there is no
/// organization. Whoever is told of the progress must not block.
///
/// # Errors
/// The directory cannot be written to. What AWS does not let be read is in the result.
pub async fn collect<N: Notes>(
    cloud: &AwsCloud<N>,
    directory: &Path,
    own: &str,
    accounts: &[String],
    tell: impl Fn(Progress) + Sync,
) -> Result<Collected, CollectError> {
    let directory = Directory::open(directory, cloud.now())?;
    let mut done = Collected::default();
    let organization = match organization(cloud, &directory).await {
        Ok(text) => text,
        Err(CollectError::Cloud(error)) => {
            done.unread.insert("organization".to_owned(), error.to_string());
            None
        }
        Err(error) => return Err(error),
    };
    match cloud.identity_center().await {
        Ok(Some(known)) => directory.write("identity-center.json", &known.text)?,
        Ok(None) => directory.remove("identity-center.json")?,
        Err(error) => {
            done.unread.insert("identity center".to_owned(), error.to_string());
        }
    }
    let wanted = match (accounts, organization.as_deref()) {
        ([], None) => vec![own.to_owned()],
        ([], Some(text)) => active(text, &mut done.left_out),
        (accounts, _) => accounts.to_vec(),
    };
    done.others = directory.accounts()?.into_iter().filter(|id| !wanted.contains(id)).collect();

    let state = Mutex::new((Progress { of: wanted.len(), ..Progress::default() }, &mut done));
    let step = |change: &dyn Fn(&mut Progress, &mut Collected)| {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let (progress, done) = &mut *state;
        change(progress, done);
        let progress = *progress;
        drop(state);
        tell(progress);
    };
    step(&|_, _| {});
    let failed = Mutex::new(None);
    let add = |principals| {
        step(&|progress, done| {
            progress.principals += principals;
            done.principals += principals;
        });
    };
    let (directory_ref, step, add, failed_ref) = (&directory, &step, &add, &failed);
    let each = in_turns(wanted, |id| async move {
        let read = read_account(cloud, directory_ref, &id, add).await;
        let reported = match &read {
            Ok(_) => credentials(cloud, directory_ref, &id).await,
            // It has no report either: that is said once.
            Err(_) => Ok(()),
        };
        match (read, reported) {
            (Ok(before), reported @ (Ok(()) | Err(CollectError::Cloud(_)))) => step(&|progress, done| {
                progress.accounts += 1;
                done.accounts += 1;
                done.read_before += usize::from(before);
                if let Err(CollectError::Cloud(error)) = &reported {
                    done.again |= matches!(error, CloudError::Transient(_));
                    done.unread.insert(format!("{id} credentials"), error.to_string());
                }
            }),
            (Err(CollectError::Cloud(error)), _) => step(&|progress, done| {
                progress.accounts += 1;
                done.again |= matches!(error, CloudError::Transient(_));
                done.unread.insert(id.clone(), error.to_string());
            }),
            (Err(error), _) | (_, Err(error)) => {
                *failed_ref.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                return Err(CloudError::Unreadable("a file could not be written".to_owned()));
            }
        }
        Ok(())
    });
    let each = each.await;
    if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    each?;
    if !done.again {
        directory.close()?;
    }
    Ok(done)
}

/// The organization's text: what an interrupted run wrote, or what AWS says.
async fn organization<N: Notes>(
    cloud: &AwsCloud<N>,
    directory: &Directory,
) -> Result<Option<String>, CollectError> {
    const NAME: &str = "organization.json";
    if let Some(text) = directory.newer(NAME) {
        return Ok(Some(text));
    }
    match cloud.organization().await? {
        Some(known) => {
            directory.write(NAME, &known.text)?;
            Ok(Some(known.text.as_ref().to_owned()))
        }
        None => {
            directory.remove(NAME)?;
            Ok(None)
        }
    }
}

/// Reads an account into its file. `true`: it was read before.
async fn read_account<N: Notes>(
    cloud: &AwsCloud<N>,
    directory: &Directory,
    id: &str,
    tell: &(dyn Fn(usize) + Sync),
) -> Result<bool, CollectError> {
    let name = format!("accounts/{id}.json");
    if directory.is_newer(&name) {
        return Ok(true);
    }
    let mut part = directory.part(&name)?;
    let mut failure = None;
    let read = cloud.account_pages(id, |text, principals| {
        tell(principals);
        writeln!(part.file, "{text}").map_err(|error| {
            failure = Some(error);
            CloudError::Unreadable("a page could not be written".to_owned())
        })
    });
    let read = read.await;
    if let Some(source) = failure {
        return Err(CollectError::Io { path: part.path, source });
    }
    match read {
        Ok(()) => directory.finish(part, &name).map(|()| false),
        Err(error) => {
            // What an earlier run wrote there would look like the account of now.
            directory.discard(part)?;
            directory.remove(&name)?;
            Err(error.into())
        }
    }
}

/// Writes the credential report of an account, waiting for it if IAM has to make it.
async fn credentials<N: Notes>(
    cloud: &AwsCloud<N>,
    directory: &Directory,
    id: &str,
) -> Result<(), CollectError> {
    let name = format!("accounts/{id}.credentials.csv");
    if directory.is_newer(&name) {
        return Ok(());
    }
    let key = Key::Account { account: id.to_owned() };
    let mut report = cloud.credentials(&key).await;
    for _ in 0..REPORT_TRIES {
        if !matches!(report, Err(CloudError::Transient(_))) {
            break;
        }
        tokio::time::sleep(REPORT_PAUSE).await;
        report = cloud.credentials(&key).await;
    }
    match report {
        Ok(Some(text)) => directory.write(&name, &text),
        Ok(None) => directory.remove(&name),
        Err(error) => {
            // What an earlier run wrote there would look like the report of now.
            directory.remove(&name)?;
            Err(error.into())
        }
    }
}

/// The accounts of an organization that can be read.
fn active(organization: &str, left_out: &mut BTreeMap<String, String>) -> Vec<String> {
    let file: Value = serde_json::from_str(organization).unwrap_or_default();
    let mut ids = Vec::new();
    for account in file["Accounts"].as_array().into_iter().flatten() {
        let Some(id) = account["Id"].as_str() else { continue };
        match account["Status"].as_str() {
            None | Some("ACTIVE") => ids.push(id.to_owned()),
            Some(status) => {
                left_out.insert(id.to_owned(), format!("its status is {status}"));
            }
        }
    }
    ids
}

/// An inventory directory that is being filled.
struct Directory {
    path: PathBuf,
    begun: Millis,
}

/// A file that is not whole yet.
struct Part {
    path: PathBuf,
    file: fs::File,
}

impl Directory {
    fn open(path: &Path, now: Millis) -> Result<Self, CollectError> {
        let accounts = path.join("accounts");
        fs::create_dir_all(&accounts).map_err(|source| CollectError::Io { path: accounts, source })?;
        let mark = path.join(BEGUN);
        let before = fs::read_to_string(&mark).ok().and_then(|text| text.trim().parse::<Millis>().ok());
        let begun = before.filter(|begun| (0..GOES_ON).contains(&(now - begun)));
        if begun.is_none() {
            fs::write(&mark, now.to_string()).map_err(|source| CollectError::Io { path: mark, source })?;
        }
        Ok(Self { path: path.to_owned(), begun: begun.unwrap_or(now) })
    }

    /// It is done: the next run begins anew.
    fn close(&self) -> Result<(), CollectError> {
        self.remove(BEGUN)
    }

    fn is_newer(&self, name: &str) -> bool {
        let modified = fs::metadata(self.path.join(name)).and_then(|found| found.modified());
        let begun = UNIX_EPOCH + Duration::from_millis(u64::try_from(self.begun).unwrap_or_default());
        modified.is_ok_and(|modified| modified >= begun)
    }

    fn newer(&self, name: &str) -> Option<String> {
        self.is_newer(name).then(|| fs::read_to_string(self.path.join(name)).ok()).flatten()
    }

    /// The accounts that there are files of.
    fn accounts(&self) -> Result<Vec<String>, CollectError> {
        let path = self.path.join("accounts");
        let entries = fs::read_dir(&path).map_err(|source| CollectError::Io { path, source })?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut ids: Vec<_> =
            names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
        ids.sort();
        Ok(ids)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), CollectError> {
        let mut part = self.part(name)?;
        match part.file.write_all(text.as_bytes()) {
            Ok(()) => self.finish(part, name),
            Err(source) => Err(CollectError::Io { path: part.path, source }),
        }
    }

    fn part(&self, name: &str) -> Result<Part, CollectError> {
        let path = self.path.join(format!("{name}.part"));
        match fs::File::create(&path) {
            Ok(file) => Ok(Part { path, file }),
            Err(source) => Err(CollectError::Io { path, source }),
        }
    }

    /// Puts a file that is whole in its place.
    fn finish(&self, part: Part, name: &str) -> Result<(), CollectError> {
        drop(part.file);
        fs::rename(&part.path, self.path.join(name))
            .map_err(|source| CollectError::Io { path: part.path, source })
    }

    fn discard(&self, part: Part) -> Result<(), CollectError> {
        drop(part.file);
        fs::remove_file(&part.path).map_err(|source| CollectError::Io { path: part.path, source })
    }

    fn remove(&self, name: &str) -> Result<(), CollectError> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(CollectError::Io { path, source })
            }
            _ => Ok(()),
        }
    }
}
