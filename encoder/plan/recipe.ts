/**
 * Version of the recipe by which frames are selected and encoded. Raise it with any change that makes other frames or
 * other segments of the same source and profile: chunks of different recipes are never joined, and a source that was
 * published by an older one is encoded anew when it is dropped again.
 */
export const RECIPE = 2
