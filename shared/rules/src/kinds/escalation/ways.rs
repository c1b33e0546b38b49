//! Services that act with a role that is passed to them, and the calls that have them do so.
//!
//! Sources: the services' own pages of the Service Authorization Reference (which actions depend on
//! `iam:PassRole`), and the public lists of techniques that docs/ESCALATION.md names.

use std::sync::LazyLock;

use stanchion_policy::Policy;

use crate::kinds::persona::actions;

/// One way to have a service act with a role: each of the calls is needed.
pub(super) struct Way {
    /// The service, as trust policies name it.
    pub(super) service: &'static str,
    /// The calls, each as a region of its own.
    pub(super) calls: Vec<Policy>,
}

const WAYS: [(&str, &[&str]); 19] = [
    ("tasks.apprunner.amazonaws.com", &["apprunner:CreateService"]),
    (
        "bedrock-agentcore.amazonaws.com",
        &[
            "bedrock-agentcore:CreateCodeInterpreter",
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ],
    ),
    ("cloudformation.amazonaws.com", &["cloudformation:CreateStack"]),
    ("cloudformation.amazonaws.com", &["cloudformation:UpdateStack"]),
    ("codebuild.amazonaws.com", &["codebuild:CreateProject", "codebuild:StartBuild"]),
    ("codebuild.amazonaws.com", &["codebuild:UpdateProject", "codebuild:StartBuild"]),
    (
        "datapipeline.amazonaws.com",
        &[
            "datapipeline:CreatePipeline",
            "datapipeline:PutPipelineDefinition",
            "datapipeline:ActivatePipeline",
        ],
    ),
    ("ec2.amazonaws.com", &["ec2:RunInstances"]),
    ("ec2.amazonaws.com", &["ec2:AssociateIamInstanceProfile"]),
    ("ecs-tasks.amazonaws.com", &["ecs:RegisterTaskDefinition", "ecs:RunTask"]),
    ("ecs-tasks.amazonaws.com", &["ecs:RegisterTaskDefinition", "ecs:CreateService"]),
    ("glue.amazonaws.com", &["glue:CreateDevEndpoint"]),
    ("glue.amazonaws.com", &["glue:CreateJob", "glue:StartJobRun"]),
    ("glue.amazonaws.com", &["glue:UpdateJob", "glue:StartJobRun"]),
    ("lambda.amazonaws.com", &["lambda:CreateFunction", "lambda:InvokeFunction"]),
    ("lambda.amazonaws.com", &["lambda:CreateFunction", "lambda:AddPermission"]),
    ("lambda.amazonaws.com", &["lambda:CreateFunction", "lambda:CreateEventSourceMapping"]),
    (
        "sagemaker.amazonaws.com",
        &["sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"],
    ),
    ("states.amazonaws.com", &["states:CreateStateMachine", "states:StartExecution"]),
];

/// The ways, made ready once.
pub(super) static ALL: LazyLock<Vec<Way>> = LazyLock::new(|| {
    let way = |(service, calls): &(&'static str, &[&str])| Way {
        service,
        calls: calls.iter().map(|call| actions(&[call])).collect(),
    };
    WAYS.iter().map(way).collect()
});

#[cfg(test)]
mod tests {
    use stanchion_policy::catalogue;

    use super::WAYS;

    #[test]
    fn every_call_is_in_the_catalogue() {
        let calls = WAYS.iter().flat_map(|(_, calls)| calls.iter());
        let unknown: Vec<_> = calls.filter(|call| catalogue::find(call).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
