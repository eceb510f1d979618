import type { Command, CommandId } from '../../electron/contract/commands.ts';
import type { Image } from '../../electron/contract/images.ts';
import type { App } from '../state/app.tsx';
import { shownImages } from '../state/shown-images.ts';
import { imageName, referenceOf } from '../words/image-words.ts';
import { attempt, copyText } from './attempt.ts';

/** The chosen images among those shown; none while another page is. */
export function selectedImages({ library, view }: App): Image[] {
  const { page, images: showing } = view.getState();
  const { images } = library.getState();
  if (page !== 'images' || images === undefined) return [];
  return shownImages(images, showing).filter(({ id }) => showing.selection.has(id));
}

/** Whether a command works on images. */
export function isOfImages({ scope }: Pick<Command, 'scope'>): boolean {
  return scope === 'images' || scope === 'image';
}

/** The images among those chosen that a command works on now. */
export function imageTargetsOf({ id, scope }: Command, chosen: readonly Image[]): Image[] {
  if (!isOfImages({ scope }) || (scope === 'image' && chosen.length !== 1)) return [];
  const worksOn = only[id];
  return worksOn === undefined ? [...chosen] : chosen.filter(worksOn);
}

const isUsable = ({ error }: Image): boolean => error === undefined;

/** Commands that do not work on every image. */
const only: Partial<Record<string, (image: Image) => boolean>> = {
  'image.make': isUsable,
  'image.push': isUsable,
  'image.showMachines': ({ usedBy }) => usedBy.length > 0,
  'image.pin': ({ pinned }) => !pinned,
  'image.unpin': ({ pinned }) => pinned,
};

type ImageRunner = (app: App, targets: readonly [Image, ...Image[]]) => void;

/** Runs a command on those images that it works on. What fails is said in a toast; nothing is thrown. */
export function runImageCommand(app: App, command: Command, chosen: readonly Image[] = selectedImages(app)): void {
  const [first, ...rest] = imageTargetsOf(command, chosen);
  if (first !== undefined) imageRunners[command.id as CommandId]?.(app, [first, ...rest]);
}

async function setPinned(app: App, images: readonly Image[], pinned: boolean): Promise<void> {
  for (const image of images)
    await attempt(app, `“${imageName(image)}” was not ${pinned ? 'pinned' : 'unpinned'}`, () =>
      app.client.call('images.pin', { id: image.id, pinned }),
    );
}

async function verify(app: App, images: readonly Image[]): Promise<void> {
  const isStarted = await attempt(app, 'Nothing was verified', () =>
    app.client.call('images.verify', { ids: images.map(({ id }) => id) }),
  );
  if (isStarted) app.view.setState({ overlay: { kind: 'jobs' } });
}

export const imageRunners: Partial<Record<CommandId, ImageRunner>> = {
  'image.make': ({ view }, [{ id }]) => view.setState({ overlay: { kind: 'from-image', imageId: id } }),
  'image.showMachines': ({ view }, [{ usedBy }]) =>
    view.setState({ page: 'machines', filter: { by: 'all' }, query: '', selection: new Set(usedBy) }),
  'image.pullAgain': ({ view }, [image]) => view.setState({ overlay: { kind: 'pull', reference: referenceOf(image) } }),
  'image.pullOther': ({ view }, [{ repository }]) =>
    view.setState({ overlay: { kind: 'pull', reference: repository } }),
  'image.push': ({ view }, [image]) =>
    view.setState({ overlay: { kind: 'push', from: { kind: 'image', reference: referenceOf(image) } } }),
  'image.verify': (app, images) => void verify(app, images),
  'image.pin': (app, images) => void setPinned(app, images, true),
  'image.unpin': (app, images) => void setPinned(app, images, false),
  'image.copyReference': (app, images) => void copyText(app, images.map(referenceOf).join('\n')),
  'image.copyDigest': (app, images) => void copyText(app, images.map(({ digest }) => digest).join('\n')),
  'image.delete': ({ view }, images) =>
    view.setState({ overlay: { kind: 'delete-images', imageIds: images.map(({ id }) => id) } }),
};
