// Pictures, fetched ahead and decoded, so that the next is there when the last is rated.

const loading = new Map();

/** The decoded image of a picture; a fetch that fails is tried again until it succeeds. */
export function load(picture, send) {
  if (!loading.has(picture.source)) {
    loading.set(picture.source, fetchImage(picture, send));
  }
  return loading.get(picture.source);
}

/** Let go of all pictures but these. */
export function keepOnly(pictures) {
  const kept = new Set(pictures.map((one) => one.source));
  for (const [source, promise] of loading) {
    if (!kept.has(source)) {
      loading.delete(source);
      promise.then((image) => URL.revokeObjectURL(image.src)).catch(() => {});
    }
  }
}

async function fetchImage(picture, send) {
  const response = await send(picture.source);
  const image = new Image();
  image.src = URL.createObjectURL(await response.blob());
  image.draggable = false;
  image.className = "picture";
  await image.decode();
  return image;
}
