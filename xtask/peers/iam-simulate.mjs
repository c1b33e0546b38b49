// Runs lines of `stanchion simulate` through @cloud-copilot/iam-simulate, to compare speed and
// decisions. The package is under the AGPL: it is installed by whoever measures, runs in this
// process of its own, and no part of it is in this repository.
//
//   node iam-simulate.mjs FOLDER FILE COUNT [cold]
//
// FOLDER holds the `node_modules` with the package. The first COUNT lines of FILE are read, mapped
// and run once to warm up; then the second run is timed, `runSimulation` alone: neither reading nor
// mapping counts. With `cold` nothing is run to warm up. Prints one JSON object.

import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

const [folder, file, count, cold] = process.argv.slice(2)
const load = createRequire(resolve(folder, 'package.json'))
const { runSimulation } = load('@cloud-copilot/iam-simulate')

const DECISIONS = { Allowed: 'allow', ImplicitlyDenied: 'implicit-deny', ExplicitlyDenied: 'explicit-deny' }

const named = (layer, policies) => policies.map((policy, i) => ({ name: `${layer}[${i}]`, policy }))

const levels = (layer, given) =>
  (given ?? []).map((policies, i) => ({
    orgIdentifier: `${layer}[${i}]`,
    policies: named(`${layer}[${i}]`, policies)
  }))

/** The account in an ARN, if it has one. */
const accountOf = (arn) => arn.split(':')[4]

const simulation = (line) => ({
  request: {
    principal: line.principal === 'anonymous' ? { type: 'Anonymous' } : line.principal,
    action: line.action,
    resource: {
      resource: line.resource,
      accountId: line.resource_account ?? (accountOf(line.resource) || accountOf(line.principal))
    },
    contextVariables: line.context ?? {}
  },
  identityPolicies: named('identity', line.identity ?? []),
  permissionBoundaryPolicies: line.boundary ? named('boundary', [line.boundary]) : undefined,
  sessionPolicy: line.session ?? undefined,
  serviceControlPolicies: levels('scps', line.scps),
  resourceControlPolicies: levels('rcps', line.rcps),
  resourcePolicy: line.resource_policy ?? undefined,
  vpcEndpointPolicies: line.endpoint_policies ? named('endpoint', line.endpoint_policies) : undefined
})

const requests = []
const input = createReadStream(file)
for await (const text of createInterface({ input })) {
  if (requests.length === Number(count)) break
  const line = JSON.parse(text)
  requests.push({ id: line.id, input: simulation(line) })
}
input.destroy()

if (!cold) for (const request of requests) await runSimulation(request.input, {})

const answers = []
const start = process.hrtime.bigint()
for (const request of requests) {
  try {
    answers.push(await runSimulation(request.input, {}))
  } catch (error) {
    answers.push({ resultType: 'error', errors: { message: error.message } })
  }
}
const seconds = Number(process.hrtime.bigint() - start) / 1e9

const decision = (answer) =>
  answer.resultType === 'error' ? `error: ${answer.errors.message}` : DECISIONS[answer.overallResult]
const decisions = answers.map((answer, i) => ({ id: requests[i].id, decision: decision(answer) }))
console.log(JSON.stringify({ node: process.version, seconds, decisions }))
