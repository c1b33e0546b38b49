//! What an inventory holds, for people: of three accounts everything, of three thousand as much as
//! fits on a few screens, and how much more there is.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use stanchion_inventory::{
    AccountDetail, AccountOverview, Counts, IdentityCenterOverview, NodeOverview, OrganizationOverview,
    Overview, PrincipalOverview,
};

use super::counted;
use super::screen::{BOLD, DIM, YELLOW, stdout};

/// The most accounts, OUs or names that are listed in one place.
const WIDTH: usize = 10;

/// The most accounts that are listed one by one, and about the most lines of a tree.
const LINES: usize = 60;

/// The most levels of OUs that are shown: as many as AWS allows, and two where there are more accounts
/// than can be listed.
const DEPTHS: (usize, usize) = (5, 2);

/// The most gaps that are listed.
const GAPS: usize = 20;

/// The whole inventory.
pub(crate) fn overview(overview: &Overview) -> io::Result<()> {
    let mut out = stdout();
    match &overview.organization {
        Some(organization) => tree(&mut out, organization, &overview.accounts)?,
        None => {
            writeln!(out, "{BOLD}no organization{BOLD:#}: the accounts stand alone")?;
            list(&mut out, "  ", overview.accounts.iter(), LINES)?;
        }
    }
    if let Some(center) = &overview.identity_center {
        identity_center(&mut out, center)?;
    }
    let totals = &overview.totals;
    let with_details = match totals.accounts_with_details {
        all if all == totals.accounts => String::new(),
        some => format!(" ({some} with details)"),
    };
    writeln!(
        out,
        "{BOLD}{}{with_details}, {}{BOLD:#}: {}",
        counted(totals.accounts, "account"),
        counted(totals.counts.principals, "principal"),
        held(&totals.counts)
    )?;
    gaps(&mut out, &overview.gaps)?;
    out.flush()
}

/// The organization's tree, its accounts in their places.
fn tree(
    out: &mut impl Write,
    organization: &OrganizationOverview,
    accounts: &[AccountOverview],
) -> io::Result<()> {
    let unknown = "(id unknown)";
    writeln!(
        out,
        "{BOLD}organization {}{BOLD:#}, management account {}",
        organization.id.as_deref().unwrap_or(unknown),
        organization.management_account_id.as_deref().unwrap_or(unknown)
    )?;
    if let Some(policies) = &organization.policies_by_type {
        let kinds: Vec<String> = policies.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        writeln!(
            out,
            "  {DIM}policies: {}{DIM:#}",
            if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") }
        )?;
    }
    let mut tree = Tree {
        nodes: BTreeMap::new(),
        accounts: BTreeMap::new(),
        left: LINES,
        large: accounts.len() > LINES,
    };
    for node in &organization.nodes {
        if let Some(parent) = &node.parent_id {
            tree.nodes.entry(parent).or_default().push(node);
        }
    }
    for account in accounts {
        if let Some(parent) = &account.parent_id {
            tree.accounts.entry(parent).or_default().push(account);
        }
    }
    let known: BTreeSet<&str> = organization.nodes.iter().map(|node| node.id.as_str()).collect();
    let is_lost = |parent: &Option<String>| parent.as_ref().is_some_and(|id| !known.contains(id.as_str()));
    let roots = organization.nodes.iter().filter(|node| node.parent_id.is_none());
    // What is below nothing that the file tells of is shown beside the root.
    let lost = organization.nodes.iter().filter(|node| is_lost(&node.parent_id));
    tree.nodes(out, roots.chain(lost).collect(), 0)?;
    let alone = accounts.iter().filter(|account| account.parent_id.is_none() || is_lost(&account.parent_id));
    let alone: Vec<_> = alone.collect();
    if !alone.is_empty() {
        writeln!(out, "  {DIM}in no place that is known{DIM:#}")?;
        list(out, "    ", alone.into_iter(), WIDTH)?;
    }
    Ok(())
}

struct Tree<'a> {
    /// What is below each root or OU.
    nodes: BTreeMap<&'a str, Vec<&'a NodeOverview>>,
    accounts: BTreeMap<&'a str, Vec<&'a AccountOverview>>,
    /// How many lines may still be written.
    left: usize,
    /// Whether there are too many accounts to list them.
    large: bool,
}

impl Tree<'_> {
    fn nodes(&mut self, out: &mut impl Write, nodes: Vec<&NodeOverview>, depth: usize) -> io::Result<()> {
        let deepest = if self.large { DEPTHS.1 } else { DEPTHS.0 };
        let shown = if depth <= deepest { WIDTH } else { 0 };
        let mut hidden = (0, 0);
        for (index, node) in nodes.into_iter().enumerate() {
            if index < shown && self.left > 0 {
                self.node(out, node, depth)?;
            } else {
                let (units, accounts) = self.below(node);
                hidden = (hidden.0 + units, hidden.1 + accounts);
            }
        }
        let indent = "  ".repeat(depth + 1);
        match hidden {
            (0, _) => Ok(()),
            (units, accounts) => writeln!(
                out,
                "{indent}{DIM}and {} with {}{DIM:#}",
                counted(units, "more OU"),
                counted(accounts, "account")
            ),
        }
    }

    fn node(&mut self, out: &mut impl Write, node: &NodeOverview, depth: usize) -> io::Result<()> {
        let indent = "  ".repeat(depth + 1);
        let policies = shortened(&node.policies);
        match policies.as_str() {
            "" => writeln!(out, "{indent}{BOLD}{}{BOLD:#} {}", node.id, node.name)?,
            some => writeln!(out, "{indent}{BOLD}{}{BOLD:#} {} {DIM}{some}{DIM:#}", node.id, node.name)?,
        }
        self.left = self.left.saturating_sub(1);

        let below = self.accounts.remove(node.id.as_str()).unwrap_or_default();
        let shown = if self.large { 0 } else { below.len().min(WIDTH) };
        self.left = self.left.saturating_sub(shown.max(1));
        list(out, &format!("{indent}  "), below.into_iter(), shown)?;

        let units = self.nodes.remove(node.id.as_str()).unwrap_or_default();
        self.nodes(out, units, depth + 1)
    }

    /// How many OUs, itself included, and accounts there are from here on.
    fn below(&mut self, node: &NodeOverview) -> (usize, usize) {
        let mut units = 1;
        let mut accounts = self.accounts.remove(node.id.as_str()).unwrap_or_default().len();
        for unit in self.nodes.remove(node.id.as_str()).unwrap_or_default() {
            let (more_units, more_accounts) = self.below(unit);
            units += more_units;
            accounts += more_accounts;
        }
        (units, accounts)
    }
}

fn list<'a>(
    out: &mut impl Write,
    indent: &str,
    accounts: impl ExactSizeIterator<Item = &'a AccountOverview>,
    shown: usize,
) -> io::Result<()> {
    let hidden = accounts.len().saturating_sub(shown);
    for account in accounts.take(shown) {
        writeln!(out, "{indent}{}", line(account))?;
    }
    match (shown, hidden) {
        (_, 0) => {}
        (0, all) => writeln!(out, "{indent}{DIM}{}{DIM:#}", counted(all, "account"))?,
        (_, more) => writeln!(out, "{indent}{DIM}and {}{DIM:#}", counted(more, "more account"))?,
    }
    Ok(())
}

fn line(account: &AccountOverview) -> String {
    let name = account.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let status = match account.status.as_deref() {
        None | Some("ACTIVE") => String::new(),
        Some(other) => format!(" {other}"),
    };
    let holds = match (account.has_details, account.is_complete) {
        (false, _) => "no details".to_owned(),
        (true, true) => held(&account.counts),
        (true, false) => format!("{}; not all of them", held(&account.counts)),
    };
    format!("{}{name}{status}: {holds}", account.account_id)
}

fn held(counts: &Counts) -> String {
    let linked = match (counts.service_linked_roles, counts.identity_center_roles) {
        (0, 0) => String::new(),
        (linked, 0) => format!(" ({linked} service-linked)"),
        (0, center) => format!(" ({center} of Identity Center)"),
        (linked, center) => format!(" ({linked} service-linked, {center} of Identity Center)"),
    };
    let policies = match counts.customer_policies + counts.aws_policies {
        1 => "1 policy".to_owned(),
        all => format!("{all} policies"),
    };
    let aws = match counts.aws_policies {
        0 => String::new(),
        aws => format!(" ({aws} of AWS)"),
    };
    format!(
        "{}, {}{linked}, {}, {policies}{aws}",
        counted(counts.users, "user"),
        counted(counts.roles, "role"),
        counted(counts.groups, "group")
    )
}

fn identity_center(out: &mut impl Write, center: &IdentityCenterOverview) -> io::Result<()> {
    let number = |count: Option<usize>, what: &str| match count {
        Some(count) => counted(count, what),
        None => format!("{what}s unknown"),
    };
    writeln!(
        out,
        "{BOLD}Identity Center{BOLD:#}: {}, {}, {}",
        number(center.permission_sets.as_ref().map(Vec::len), "permission set"),
        number(center.assignments, "assignment"),
        number(center.group_memberships, "group membership")
    )?;
    let sets = center.permission_sets.as_deref().unwrap_or_default();
    for set in sets.iter().take(WIDTH) {
        writeln!(
            out,
            "  {}: {}, {}, {}",
            set.name.as_deref().unwrap_or(&set.arn),
            number(set.provisioned_accounts, "account"),
            number(set.roles, "role"),
            number(set.assignments, "assignment")
        )?;
    }
    if sets.len() > WIDTH {
        writeln!(out, "  {DIM}and {}{DIM:#}", counted(sets.len() - WIDTH, "more permission set"))?;
    }
    Ok(())
}

fn gaps(out: &mut impl Write, gaps: &[String]) -> io::Result<()> {
    for gap in gaps.iter().take(GAPS) {
        writeln!(out, "{YELLOW}missing{YELLOW:#} {gap}")?;
    }
    if gaps.len() > GAPS {
        writeln!(
            out,
            "{YELLOW}missing{YELLOW:#} {} more; `--format json` lists them all",
            gaps.len() - GAPS
        )?;
    }
    Ok(())
}

/// One account, each of its principals with what is attached to it.
pub(crate) fn account_detail(detail: &AccountDetail) -> io::Result<()> {
    let mut out = stdout();
    writeln!(out, "{BOLD}account {BOLD:#}{}", line(&detail.account))?;
    match &detail.organization_path {
        Some(path) => writeln!(out, "  in {path}")?,
        None => writeln!(out, "  in no place of an organization that is known")?,
    }
    for (what, levels) in [("SCPs", &detail.scps), ("RCPs", &detail.rcps)] {
        for level in levels {
            writeln!(out, "  {what} of {}: {}", level.level, shortened(&level.policies))?;
        }
    }
    for (what, principals) in [("users", &detail.users), ("roles", &detail.roles)] {
        if !principals.is_empty() {
            writeln!(out, "{BOLD}{what}{BOLD:#}")?;
        }
        for principal in principals {
            writeln!(out, "  {}", principal.arn)?;
            attached(&mut out, principal)?;
        }
    }
    if !detail.groups.is_empty() {
        writeln!(out, "{BOLD}groups{BOLD:#}")?;
    }
    for group in &detail.groups {
        writeln!(out, "  {}", group.arn)?;
        named(&mut out, "members", &group.members)?;
        named(&mut out, "inline", &group.inline_policies)?;
        named(&mut out, "attached", &group.attached_policies)?;
    }
    if !detail.policies.is_empty() {
        writeln!(out, "{BOLD}policies{BOLD:#}")?;
    }
    for policy in &detail.policies {
        let version = policy.default_version.as_deref().unwrap_or("no default version");
        writeln!(
            out,
            "  {} {DIM}{}, {}{DIM:#}",
            policy.arn,
            version,
            counted(policy.versions.len(), "document")
        )?;
    }
    gaps(&mut out, &detail.gaps)?;
    out.flush()
}

fn attached(out: &mut impl Write, principal: &PrincipalOverview) -> io::Result<()> {
    if let Some(set) = &principal.permission_set {
        writeln!(out, "    {DIM}of permission set {set}{DIM:#}")?;
    }
    if principal.service_linked {
        writeln!(out, "    {DIM}service-linked{DIM:#}")?;
    }
    named(out, "groups", &principal.groups)?;
    named(out, "inline", &principal.inline_policies)?;
    named(out, "attached", &principal.attached_policies)?;
    named(out, "boundary", principal.boundary.as_slice())
}

fn named(out: &mut impl Write, what: &str, names: &[String]) -> io::Result<()> {
    if names.is_empty() { Ok(()) } else { writeln!(out, "    {what:<9}{}", shortened(names)) }
}

/// The first of them, and how many more.
fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(WIDTH).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(WIDTH) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
