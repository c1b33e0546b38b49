//! The inventory: read, held, and looked up.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use stanchion_policy::{NamedPolicy, Policy};

use crate::account::{Account, Entity, EntityKind, Group, ManagedPolicy, Principal, PrincipalKind};
use crate::arn::{IamArn, is_account_id, is_aws_managed};
use crate::endpoints::{self, Endpoints};
use crate::error::InventoryError;
use crate::identity_center::IdentityCenter;
use crate::intern::Interner;
use crate::organization::Organization;
use crate::{credentials, details, identity_center_file, last_accessed, organization_file, text};

/// The organization, and the accounts whose authorization details are known, at one moment.
///
/// Clones share everything; a change copies only what it touches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    pub(crate) organization: Option<Arc<Organization>>,
    pub(crate) accounts: Arc<BTreeMap<String, Arc<Account>>>,
    pub(crate) identity_center: Option<Arc<IdentityCenter>>,
    /// By account. They are known by themselves: an account's details may be missing.
    pub(crate) endpoints: Arc<BTreeMap<String, Arc<Endpoints>>>,
}

impl Inventory {
    /// Reads `DIR/organization.json` and `DIR/identity-center.json` (if there are any) and every
    /// `DIR/accounts/<account id>.json`.
    ///
    /// Without an organization the accounts stand alone: no SCP binds them.
    ///
    /// # Errors
    /// A file that cannot be read or is not the JSON that it should be, a `.json` file under
    /// `accounts` that is not named after an account, a directory that holds neither.
    pub fn load(dir: &Path) -> Result<Self, InventoryError> {
        let mut reader = Reader::default();
        let organization = dir.join("organization.json");
        if let Some(text) = text::read_optional(&organization)? {
            reader.organization(&text, &organization.display().to_string())?;
        }
        let identity_center = dir.join("identity-center.json");
        if let Some(text) = text::read_optional(&identity_center)? {
            reader.identity_center(&text, &identity_center.display().to_string())?;
        }
        for (id, path) in account_files(&dir.join("accounts"))? {
            // One file's text at a time: a large organization's details are gigabytes.
            let text = text::read(&path)?;
            reader.account(&id, &text, &path.display().to_string())?;
        }
        for (id, path) in files_called(&dir.join("accounts"), CREDENTIALS)? {
            reader.credentials(&id, &path, &text::read(&path)?)?;
        }
        for (id, path) in files_called(&dir.join("accounts"), LAST_ACCESSED)? {
            reader.last_accessed(&id, &path, &text::read(&path)?)?;
        }
        for (id, path) in files_called(&dir.join("accounts"), ENDPOINTS)? {
            reader.endpoints(&id, &text::read(&path)?, &path.display().to_string())?;
        }
        if reader.organization.is_none() && reader.accounts.is_empty() {
            return Err(InventoryError::Empty { path: dir.to_owned() });
        }
        Ok(reader.finish())
    }

    /// Reads an inventory from text: the organization file's, and (account id, authorization
    /// details) of each account.
    ///
    /// # Errors
    /// As [`Inventory::load`]; places are called `organization` and by the account's id.
    pub fn from_parts(organization: Option<&str>, accounts: &[(&str, &str)]) -> Result<Self, InventoryError> {
        let mut reader = Reader::default();
        if let Some(text) = organization {
            reader.organization(text, "organization")?;
        }
        for (id, text) in accounts {
            reader.account(id, text, id)?;
        }
        Ok(reader.finish())
    }

    /// This inventory with one account's authorization details read again, or for the first time.
    ///
    /// # Errors
    /// As [`Inventory::from_parts`].
    pub fn with_account(&self, id: &str, details: &str) -> Result<Self, InventoryError> {
        let mut reader = Reader::default();
        reader.account(id, details, id)?;
        let mut inventory = self.clone();
        Arc::make_mut(&mut inventory.accounts).append(&mut reader.accounts);
        Ok(inventory)
    }

    /// This inventory with an account's credential report, as AWS's table has it.
    ///
    /// # Errors
    /// Text that is no such table; the place is called by the account's id. An account that the inventory
    /// does not hold.
    pub fn with_credentials(&self, id: &str, table: &str) -> Result<Self, InventoryError> {
        let mut reader = Reader { accounts: (*self.accounts).clone(), ..Reader::default() };
        reader.credentials(id, Path::new(id), table)?;
        Ok(Self { accounts: Arc::new(reader.accounts), ..self.clone() })
    }

    /// This inventory with what is known of when an account's principals last used services.
    ///
    /// # Errors
    /// Text that is not JSON of the file's shape; as [`Inventory::with_credentials`].
    pub fn with_last_accessed(&self, id: &str, text: &str) -> Result<Self, InventoryError> {
        let mut reader = Reader { accounts: (*self.accounts).clone(), ..Reader::default() };
        reader.last_accessed(id, Path::new(id), text)?;
        Ok(Self { accounts: Arc::new(reader.accounts), ..self.clone() })
    }

    /// This inventory with an account's VPC endpoints, as `describe-vpc-endpoints` prints them.
    ///
    /// # Errors
    /// As [`Inventory::from_parts`].
    pub fn with_endpoints(&self, id: &str, text: &str) -> Result<Self, InventoryError> {
        let mut reader = Reader { endpoints: (*self.endpoints).clone(), ..Reader::default() };
        reader.endpoints(id, text, id)?;
        Ok(Self { endpoints: Arc::new(reader.endpoints), ..self.clone() })
    }

    /// This inventory with the Identity Center file read again, or for the first time.
    ///
    /// # Errors
    /// Text that is not JSON of the file's shape; the place is called `identity-center`.
    pub fn with_identity_center(&self, text: &str) -> Result<Self, InventoryError> {
        let mut reader = Reader::default();
        reader.identity_center(text, "identity-center")?;
        Ok(Self { identity_center: reader.identity_center, ..self.clone() })
    }

    /// The organization; `None`: the accounts stand alone.
    pub fn organization(&self) -> Option<&Organization> {
        self.organization.as_deref()
    }

    /// What is known of an account's VPC endpoints; `None`: nothing.
    pub fn endpoints(&self, account: &str) -> Option<&Endpoints> {
        self.endpoints.get(account).map(AsRef::as_ref)
    }

    /// The accounts whose details are known, by id.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().map(AsRef::as_ref)
    }

    /// One account's details, if known.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id).map(AsRef::as_ref)
    }

    /// Every principal, by account and then by ARN: users, roles, and the root user of each member
    /// account. Root users of the management account and of stand-alone accounts are left out: no
    /// policy binds them, and nothing about them can change.
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        self.accounts.values().flat_map(|account| self.principals_in(account))
    }

    /// Root users that [`Inventory::principals`] leaves out, of accounts whose credential reports are known:
    /// policies say nothing of them, but their credentials do.
    pub fn unbound_roots(&self) -> impl Iterator<Item = &Principal> {
        let known = self.accounts.values().filter(|account| account.credentials.is_some());
        known.filter(|account| !self.is_member(&account.id)).map(|account| account.root())
    }

    /// The principals of one account, by ARN; none if its details are not known.
    pub fn principals_of(&self, account: &str) -> impl Iterator<Item = &Principal> {
        self.accounts.get(account).into_iter().flat_map(|account| self.principals_in(account))
    }

    fn principals_in<'a>(&self, account: &'a Account) -> impl Iterator<Item = &'a Principal> + use<'a> {
        let root = self.is_member(&account.id).then_some(account.root());
        let mut principals: Vec<_> = account.users().chain(account.roles()).chain(root).collect();
        principals.sort_unstable_by(|a, b| a.arn.cmp(&b.arn));
        principals.into_iter()
    }

    /// The principal of this ARN: of a user, of a role, or of a member account's root user.
    pub fn principal(&self, arn: &str) -> Option<&Principal> {
        let parts = IamArn::parse(arn)?;
        let kind = match parts.kind {
            "user" => PrincipalKind::User,
            "role" => PrincipalKind::Role,
            "root" => PrincipalKind::Root,
            _ => return None,
        };
        self.principal_by_name(parts.account, kind, parts.name).filter(|found| found.arn == arn)
    }

    /// The principal of this kind and name; the name of a root user does not count.
    pub fn principal_by_name(&self, account: &str, kind: PrincipalKind, name: &str) -> Option<&Principal> {
        let details = self.accounts.get(account)?;
        match kind {
            PrincipalKind::User => details.users.get(name).map(AsRef::as_ref),
            PrincipalKind::Role => details.roles.get(name).map(AsRef::as_ref),
            PrincipalKind::Root => {
                (self.is_member(account) || details.credentials.is_some()).then_some(details.root())
            }
        }
    }

    /// The user or role of this name; `None` for groups.
    pub fn principal_of(&self, entity: &Entity) -> Option<&Principal> {
        let kind = match entity.kind {
            EntityKind::User => PrincipalKind::User,
            EntityKind::Role => PrincipalKind::Role,
            EntityKind::Group => return None,
        };
        self.principal_by_name(&entity.account, kind, &entity.name)
    }

    /// The group of this name.
    pub fn group(&self, account: &str, name: &str) -> Option<&Group> {
        self.accounts.get(account)?.groups.get(name).map(AsRef::as_ref)
    }

    /// A managed policy as an account sees it. A policy of AWS's own that the account's details
    /// lack is looked up in the other accounts: it is the same one.
    pub fn managed_policy(&self, account: &str, arn: &str) -> Option<&ManagedPolicy> {
        if let Some(policy) = self.accounts.get(account).and_then(|a| a.policies.get(arn)) {
            return Some(policy);
        }
        if !is_aws_managed(arn) {
            return None;
        }
        self.accounts.values().find_map(|account| account.policies.get(arn)).map(AsRef::as_ref)
    }

    /// A managed policy of AWS's own by its name, whatever its path, as the first account that has it
    /// and knows its document sees it.
    pub fn aws_managed_policy(&self, name: &str) -> Option<&ManagedPolicy> {
        let known = self.accounts.values().flat_map(|account| account.policies.values()).filter(|policy| {
            policy.name == name && is_aws_managed(&policy.arn) && policy.default_document().is_some()
        });
        known.map(AsRef::as_ref).next()
    }

    /// A role's trust policy, named `trust policy of ARN`; `None` for users and root users.
    pub fn trust_policy(&self, role: &Principal) -> Option<NamedPolicy> {
        let policy: &Policy = role.trust.as_ref()?;
        Some(NamedPolicy::new(format!("trust policy of {}", role.arn), policy.clone()))
    }
}

/// How the names of credential reports, last accessed information and endpoints end after the account's id.
const CREDENTIALS: &str = ".credentials.csv";
const LAST_ACCESSED: &str = ".last-accessed.json";
const ENDPOINTS: &str = ".endpoints.json";

/// The `<12 digits>.json` files of a directory, sorted; none if there is no directory.
fn account_files(dir: &Path) -> Result<Vec<(String, std::path::PathBuf)>, InventoryError> {
    let mut files = files_called(dir, ".json")?;
    let is_beside =
        |stem: &str| [LAST_ACCESSED, ENDPOINTS].iter().any(|end| format!("{stem}.json").ends_with(end));
    files.retain(|(stem, _)| !is_beside(stem));
    Ok(files)
}

/// The files of a directory whose names end so, by what is before that, sorted; none if there is no directory.
fn files_called(dir: &Path, end: &str) -> Result<Vec<(String, std::path::PathBuf)>, InventoryError> {
    if text::is_absent(dir) {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(|error| InventoryError::io(dir, error))? {
        let path = entry.map_err(|error| InventoryError::io(dir, error))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        // A directory of the AWS CLI's output may well hold notes beside it.
        let stem = name.and_then(|name| name.strip_suffix(end)).filter(|stem| !stem.is_empty());
        if let Some(stem) = stem.map(str::to_owned) {
            files.push((stem, path));
        }
    }
    files.sort();
    Ok(files)
}

#[derive(Default)]
struct Reader {
    interner: Interner,
    organization: Option<Arc<Organization>>,
    accounts: BTreeMap<String, Arc<Account>>,
    identity_center: Option<Arc<IdentityCenter>>,
    endpoints: BTreeMap<String, Arc<Endpoints>>,
}

impl Reader {
    fn organization(&mut self, text: &str, place: &str) -> Result<(), InventoryError> {
        let organization = organization_file::read(text, place, &mut self.interner)?;
        self.organization = Some(Arc::new(organization));
        Ok(())
    }

    fn account(&mut self, id: &str, text: &str, place: &str) -> Result<(), InventoryError> {
        if !is_account_id(id) {
            return Err(InventoryError::AccountName { place: place.to_owned() });
        }
        let account = details::read(id, text, place, &mut self.interner)?;
        self.accounts.insert(id.to_owned(), Arc::new(account));
        Ok(())
    }

    fn credentials(&mut self, id: &str, path: &Path, text: &str) -> Result<(), InventoryError> {
        let report = credentials::read(id, text, &path.display().to_string())?;
        self.read_before(id, path)?.credentials = Some(Arc::new(report));
        Ok(())
    }

    fn last_accessed(&mut self, id: &str, path: &Path, text: &str) -> Result<(), InventoryError> {
        let found = last_accessed::read(id, text, &path.display().to_string())?;
        self.read_before(id, path)?.last_accessed = Some(Arc::new(found));
        Ok(())
    }

    fn endpoints(&mut self, id: &str, text: &str, place: &str) -> Result<(), InventoryError> {
        if !is_account_id(id) {
            return Err(InventoryError::AccountName { place: place.to_owned() });
        }
        let found = endpoints::read(id, text, place, &mut self.interner)?;
        self.endpoints.insert(id.to_owned(), Arc::new(found));
        Ok(())
    }

    /// The account that a file says something more of.
    fn read_before(&mut self, id: &str, path: &Path) -> Result<&mut Account, InventoryError> {
        let account = self.accounts.get_mut(id).map(Arc::make_mut);
        account.ok_or_else(|| InventoryError::Alone { path: path.to_owned() })
    }

    fn identity_center(&mut self, text: &str, place: &str) -> Result<(), InventoryError> {
        let identity_center = identity_center_file::read(text, place, &mut self.interner)?;
        self.identity_center = Some(Arc::new(identity_center));
        Ok(())
    }

    fn finish(self) -> Inventory {
        let Self { organization, accounts, identity_center, endpoints, .. } = self;
        Inventory {
            organization,
            accounts: Arc::new(accounts),
            identity_center,
            endpoints: Arc::new(endpoints),
        }
    }
}
