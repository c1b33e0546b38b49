//! A trail in every account: on AWS, EventBridge hears nothing of calls where there is none.

use aws_sdk_cloudtrail::Client;

use crate::organization::Names;
use crate::world::Place;

pub(crate) async fn create_all(place: &Place, names: &Names) {
    for account in names.members().iter().cloned().chain([place.hub()]) {
        let client = Client::new(&place.config(&account));
        let trail = client.create_trail().name("management").s3_bucket_name(format!("trail-{account}"));
        trail.is_multi_region_trail(true).send().await.expect("a trail");
        client.start_logging().name("management").send().await.expect("it logs");
    }
}
