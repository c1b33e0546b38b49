//! KMS and S3: the calls that alter who may use a key or a bucket (botocore 1.44.5, models `kms`
//! 2014-11-01, `s3` 2006-03-01 and `s3control` 2018-08-20). Watched where a rule is about the service.
//!
//! CloudTrail has names of its own for some of S3's (S3 User Guide, "Amazon S3 CloudTrail events").

use super::ActsOn::{Bucket, BucketPolicy, Key, KeyPolicy};
use super::{Service, Watched, row};
use crate::effect::read::NOTHING;
use crate::kind::Kind::ResourcePolicy;

/// Its events are of the region of the key.
pub(super) const KMS: Service = Service {
    source: "kms.amazonaws.com",
    event_bridge: "aws.kms",
    title: "KMS",
    watched: Watched::Ruled("kms"),
    rows: &[
        row("CreateGrant", Key, ResourcePolicy, NOTHING),
        row("CreateKey", Key, ResourcePolicy, NOTHING),
        row("PutKeyPolicy", KeyPolicy, ResourcePolicy, NOTHING),
        row("ReplicateKey", Key, ResourcePolicy, NOTHING),
        row("RetireGrant", Key, ResourcePolicy, NOTHING).note("whose grant it was is not in the event"),
        row("RevokeGrant", Key, ResourcePolicy, NOTHING).note("whose grant it was is not in the event"),
    ],
};

/// Its events are of the region of the bucket.
pub(super) const S3: Service = Service {
    source: "s3.amazonaws.com",
    event_bridge: "aws.s3",
    title: "S3",
    watched: Watched::Ruled("s3"),
    rows: &[
        row("DeleteAccessPointPolicy", Bucket, ResourcePolicy, NOTHING),
        row("DeleteAccountPublicAccessBlock", Bucket, ResourcePolicy, NOTHING),
        row("DeleteBucketPolicy", Bucket, ResourcePolicy, NOTHING),
        row("DeleteBucketPublicAccessBlock", Bucket, ResourcePolicy, NOTHING),
        row("PutAccessPointPolicy", BucketPolicy, ResourcePolicy, NOTHING),
        row("PutAccountPublicAccessBlock", Bucket, ResourcePolicy, NOTHING),
        row("PutBucketAcl", Bucket, ResourcePolicy, NOTHING)
            .note("ACLs name canonical users, not principals"),
        row("PutBucketPolicy", BucketPolicy, ResourcePolicy, NOTHING),
        row("PutBucketPublicAccessBlock", Bucket, ResourcePolicy, NOTHING),
    ],
};
