//! Every persona of the pack: right as AWS maps it, and wrong by one policy.

use crate::people::{account, mark, needs, pack, role, said};

/// Ways to meet all needs: the first choice of each, then the last of each.
fn ways<'p>(needs: &[Vec<&'p str>]) -> [Vec<&'p str>; 2] {
    let first = needs.iter().map(|choices| choices[0]).collect();
    let last = needs.iter().map(|choices| choices[choices.len() - 1]).collect();
    [first, last]
}

#[test]
fn who_holds_exactly_what_a_persona_needs_lacks_nothing_and_exceeds_nothing() {
    let pack = pack();
    for (rule, persona) in pack.personas() {
        let (name, tag) = mark(rule, persona);
        for held in ways(&needs(persona)) {
            let inventory = account(vec![role(&name, (&tag.0, &tag.1), &held)]);
            let said: Vec<String> = said(&pack, &inventory, &name)
                .into_iter()
                .filter(|said| said.starts_with(&format!("{} ", rule.id)))
                .collect();
            assert_eq!(said, Vec::<String>::new(), "{} with {held:?}", rule.id);
        }
    }
}

/// What is left out is told, unless the other policies allow all of it.
#[test]
fn who_lacks_one_policy_of_a_persona_is_told_which() {
    let pack = pack();
    let mut covered = Vec::new();
    for (rule, persona) in pack.personas() {
        let (name, tag) = mark(rule, persona);
        let needs = needs(persona);
        let [held, _] = ways(&needs);
        for (missing, choices) in needs.iter().enumerate() {
            let rest: Vec<&str> = [&held[..missing], &held[missing + 1..]].concat();
            let inventory = account(vec![role(&name, (&tag.0, &tag.1), &rest)]);
            let lacks = format!("{} lacks:{}", rule.id, choices.join("|"));
            if !said(&pack, &inventory, &name).contains(&lacks) {
                covered.push(lacks);
            }
        }
    }
    // The channel's management takes in its approvals, and full access the mapping of users.
    assert_eq!(
        covered,
        [
            "legacy-channel-user lacks:AWSPartnerCentralChannelHandshakeApprovalManagement",
            "linked-cloud-admin lacks:PartnerCentralAccountManagementUserRoleAssociation"
        ]
    );
}

/// The services that each wrong policy adds to each persona.
#[test]
fn who_holds_one_policy_too_many_is_told_what_it_adds() {
    let pack = pack();
    let mut table = String::new();
    for (rule, persona) in pack.personas().filter(|(_, persona)| persona.at_most.is_some()) {
        let (name, tag) = mark(rule, persona);
        let [held, _] = ways(&needs(persona));
        for wrong in [
            "AdministratorAccess",
            "IAMFullAccess",
            "AWSPartnerCentralFullAccess",
            "AWSMarketplaceFullAccess",
        ] {
            if held.contains(&wrong) {
                continue;
            }
            let held: Vec<&str> = held.iter().copied().chain([wrong]).collect();
            let inventory = account(vec![role(&name, (&tag.0, &tag.1), &held)]);
            let exceeds: Vec<String> = said(&pack, &inventory, &name)
                .iter()
                .filter_map(|said| said.strip_prefix(&format!("{} ", rule.id)))
                .map(str::to_owned)
                .collect();
            let told = if exceeds.is_empty() { "nothing".to_owned() } else { exceeds.join(" ") };
            table += &format!("{} + {wrong}: {told}\n", rule.id);
        }
    }
    insta::assert_snapshot!(table);
}
