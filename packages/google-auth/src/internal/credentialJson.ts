import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { CredentialsError } from "../CredentialsError.js"

export interface Members {
  readonly [member: string]: unknown
}

export type Kind =
  | "authorized_user"
  | "external_account"
  | "external_account_authorized_user"
  | "impersonated_service_account"
  | "service_account"

/** The JSON of one kind of credentials, with the members that this kind needs. */
export interface CredentialJson {
  readonly kind: Kind
  /** For people: where it stands. */
  readonly from: string
  readonly members: Members
  /** The credentials inside of it, of one who impersonates. */
  readonly inner?: CredentialJson | undefined
}

/** Reads the JSON of credentials. What it says about a failure shows nothing of the text. */
export const parse = (
  text: string,
  from: string,
  allowed: ReadonlyArray<Kind> = kinds
): Either.Either<CredentialJson, CredentialsError> =>
  Either.flatMap(parseObject(text, from), (members) => fromMembers(members, from, allowed))

export const fromMembers = (
  members: Members,
  from: string,
  allowed: ReadonlyArray<Kind> = kinds
): Either.Either<CredentialJson, CredentialsError> => {
  const { type } = members
  const kind = kinds.find((_) => _ === type)
  if (kind === undefined || !allowed.includes(kind)) {
    return Either.left(
      new CredentialsError({
        reason: kind === undefined && typeof type !== "string" ? "Malformed" : "Unsupported",
        source: from,
        problem:
          typeof type === "string"
            ? `its type is ${JSON.stringify(type.slice(0, 60))}, not ${allowed.join(" or ")}`
            : "it has no type, so it is no file of credentials",
        next: "Use a file that Google Cloud has made: a service account key, or what gcloud auth application-default login writes."
      })
    )
  }
  const absent = required[kind].filter(
    (name) => Option.isNone(text(members, name)) && !Predicate.isReadonlyRecord(members[name])
  )
  if (absent.length > 0) {
    return Either.left(
      new CredentialsError({
        reason: "Malformed",
        source: from,
        problem: `it has no ${absent.join(", no ")}`,
        next: again[kind]
      })
    )
  }
  const inside = members["source_credentials"]
  return kind === "impersonated_service_account" && Predicate.isReadonlyRecord(inside)
    ? Either.map(fromMembers(inside, `the source_credentials of ${from}`), (inner) => ({ kind, from, members, inner }))
    : Either.right({ kind, from, members })
}

/** The members of a JSON object. */
export const parseObject = (text: string, from: string): Either.Either<Members, CredentialsError> =>
  Option.match(Option.filter(parseJson(text), Predicate.isReadonlyRecord), {
    onNone: () =>
      Either.left(
        new CredentialsError({
          reason: "Malformed",
          source: from,
          problem: text.trim() === "" ? "it is empty" : "it is not a JSON object",
          next: "Make it anew, or name another file."
        })
      ),
    onSome: Either.right
  })

/** A member that is a text and not empty. */
export const text = (members: Members, name: string): Option.Option<string> => {
  const value = members[name]
  return typeof value === "string" && value.trim() !== "" ? Option.some(value) : Option.none()
}

/** What must not be shown, of this JSON and of the credentials inside of it. */
export const secrets = (members: Members): ReadonlyArray<string> =>
  Object.entries(members).flatMap(([name, value]) =>
    Predicate.isReadonlyRecord(value)
      ? secrets(value)
      : typeof value === "string" && /secret|private_key$|refresh_token|password/i.test(name)
        ? [value]
        : []
  )

/** What to do where the credentials of a kind do not work. */
export const again: { readonly [K in Kind]: string } = {
  authorized_user: "Log in again with: gcloud auth application-default login",
  external_account: "Make the configuration anew with: gcloud iam workload-identity-pools create-cred-config",
  external_account_authorized_user: "Log in again with: gcloud auth application-default login --login-config=FILE",
  impersonated_service_account:
    "Log in again with: gcloud auth application-default login --impersonate-service-account=EMAIL",
  service_account:
    "Check that the account and its key exist and are enabled, and that this machine's clock is right; or make a new key with: gcloud iam service-accounts keys create"
}

const required: { readonly [K in Kind]: ReadonlyArray<string> } = {
  authorized_user: ["client_id", "client_secret", "refresh_token"],
  external_account: ["audience", "subject_token_type", "token_url", "credential_source"],
  external_account_authorized_user: ["refresh_token", "token_url", "client_id", "client_secret"],
  impersonated_service_account: ["service_account_impersonation_url", "source_credentials"],
  service_account: ["client_email", "private_key"]
}

const kinds: ReadonlyArray<Kind> = [
  "service_account",
  "authorized_user",
  "external_account",
  "external_account_authorized_user",
  "impersonated_service_account"
]

const parseJson = Option.liftThrowable((text: string): unknown => JSON.parse(text))
