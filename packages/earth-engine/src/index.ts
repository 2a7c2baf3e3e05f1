/**
 * Earth Engine's operations, and the methods that start them.
 *
 * @since 0.1.0
 */
export * as EarthEngine from "./EarthEngine.js"

/**
 * Earth Engine's REST service, as data.
 *
 * @since 0.1.0
 */
export * as EarthEngineService from "./EarthEngineService.js"

/**
 * What a refusal of Earth Engine means, and what to do about it.
 *
 * Its errors name permissions and consumers; what is wrong is mostly that an API is not enabled, a project is not
 * registered, or requests are counted for a project that nobody meant.
 *
 * @since 0.1.0
 */
export * as Explanation from "./Explanation.js"

/**
 * `google.earthengine.v1.OperationMetadata`: what Earth Engine tells about a task besides whether it is over.
 *
 * `done` alone says that; everything here is detail, and everything may be absent.
 *
 * @since 0.1.0
 */
export * as OperationMetadata from "./OperationMetadata.js"

/**
 * The Cloud project that Earth Engine's operations belong to.
 *
 * @since 0.1.0
 */
export * as Project from "./Project.js"

/**
 * The methods that start an operation, as data: what a client sends and what an emulator accepts are both made from it.
 *
 * @since 0.1.0
 */
export * as StartMethod from "./StartMethod.js"

/**
 * The requests that start an operation: exports and imports, with the members that Earth Engine's own clients send.
 *
 * What lies deeper than a destination is left open: Earth Engine checks it, and grows there.
 *
 * @since 0.1.0
 */
export * as StartRequest from "./StartRequest.js"

/**
 * The states of an Earth Engine task, and what each says about the operation.
 *
 * @since 0.1.0
 */
export * as State from "./State.js"
