//! The demo's organization, by calls of AWS's API.

use std::collections::BTreeMap;
use std::fs;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{PolicyType, Tag};
use serde_json::Value;

use crate::world::{HUB, MANAGEMENT, Place};

/// Which id of the demo's organization has which in this one: AWS, and so the emulator, chooses ids.
#[derive(Clone, Default)]
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    fn add(&mut self, demo: &str, here: &str) {
        self.0.insert(demo.to_owned(), here.to_owned());
    }

    /// The id here.
    pub(crate) fn of(&self, demo: &str) -> &str {
        self.0.get(demo).unwrap_or_else(|| panic!("the demo's organization has no `{demo}`"))
    }

    /// A text of the demo, with the ids of here.
    pub(crate) fn translate(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (demo, here)| text.replace(demo, here))
    }

    /// A text of here, with the ids of the demo.
    pub(crate) fn back(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (demo, here)| text.replace(here, demo))
    }

    /// The accounts besides the hub's.
    pub(crate) fn members(&self) -> Vec<String> {
        let accounts = self.0.iter().filter(|(demo, _)| demo.len() == 12 && demo.as_str() != HUB);
        accounts.filter(|(demo, _)| demo.parse::<u64>().is_ok()).map(|(_, here)| here.clone()).collect()
    }
}

/// A file of the demo.
pub(crate) fn demo(place: &Place, file: &str) -> Value {
    let path = place.root.join("src/demo").join(file);
    let text = fs::read_to_string(&path).expect("the demo's file");
    serde_json::from_str(&text).expect("JSON")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` of {value}"))
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Creates OUs, accounts and policies, and attaches the policies.
pub(crate) async fn create(place: &Place) -> Names {
    let client = Client::new(&place.config(MANAGEMENT));
    let plan = demo(place, "organization.json");
    let mut names = Names::default();

    let organization = client.describe_organization().send().await.expect("the organization");
    names.add(
        text(&plan["Organization"], "Id"),
        organization.organization().and_then(|o| o.id()).expect("id"),
    );
    let roots = client.list_roots().send().await.expect("the roots");
    names.add(text(&plan["Roots"][0], "Id"), roots.roots()[0].id().expect("id"));
    names.add(MANAGEMENT, MANAGEMENT);
    names.add("p-FullAWSAccess", "p-FullAWSAccess");

    // A parent stands before its children in the file.
    for unit in list(&plan, "OrganizationalUnits") {
        let parent = names.of(text(unit, "ParentId")).to_owned();
        let made = client.create_organizational_unit().parent_id(parent).name(text(unit, "Name"));
        let made = made.send().await.expect("an OU");
        let id = made.organizational_unit().and_then(|ou| ou.id()).expect("id").to_owned();
        // On AWS, a new OU has it by itself.
        let attach = client.attach_policy().policy_id("p-FullAWSAccess").target_id(&id);
        attach.send().await.expect("FullAWSAccess attached");
        names.add(text(unit, "Id"), &id);
    }
    for account in list(&plan, "Accounts").iter().filter(|account| text(account, "Id") != MANAGEMENT) {
        let name = text(account, "Name");
        let tags = list(account, "Tags").iter().map(|tag| {
            Tag::builder().key(text(tag, "Key")).value(text(tag, "Value")).build().expect("a tag")
        });
        let made = client.create_account().account_name(name).email(format!("{name}@example.com"));
        let made = made.set_tags(Some(tags.collect())).send().await.expect("an account");
        let id = made.create_account_status().and_then(|status| status.account_id()).expect("id").to_owned();
        let root = names.of("r-ab12").to_owned();
        let parent = names.of(text(account, "ParentId")).to_owned();
        if parent != root {
            let move_it = client.move_account().account_id(&id).source_parent_id(root);
            move_it.destination_parent_id(parent).send().await.expect("the account moved");
        }
        names.add(text(account, "Id"), &id);
    }
    for policy in list(&plan, "Policies") {
        let summary = &policy["PolicySummary"];
        if text(summary, "Name") == "FullAWSAccess" {
            continue;
        }
        let made = client
            .create_policy()
            .name(text(summary, "Name"))
            .description(text(summary, "Description"))
            .r#type(PolicyType::from(text(summary, "Type")))
            .content(names.translate(&policy["Content"].to_string()));
        let made = made.send().await.expect("a policy");
        let id = made.policy().and_then(|p| p.policy_summary()).and_then(|p| p.id()).expect("id").to_owned();
        for target in list(policy, "TargetIds").iter().filter_map(Value::as_str) {
            let attach = client.attach_policy().policy_id(&id).target_id(names.of(target));
            attach.send().await.expect("a policy attached");
        }
        names.add(text(summary, "Id"), &id);
    }
    names
}
