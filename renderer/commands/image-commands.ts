import type { Image } from '../../electron/contract/images.ts';
import type { App } from '../state/app.tsx';
import { imageName, referenceOf } from '../words/image-words.ts';
import { attempt, copyText } from './attempt.ts';
import type { Actions } from './command.ts';

const isUsable = ({ error }: Image): boolean => error === undefined;

/** What the commands do that work on chosen images. */
export const imageActions: Actions<'images' | 'image'> = {
  'image.make': {
    when: isUsable,
    perform: ({ view }, { id }) => view.setState({ overlay: { kind: 'from-image', imageId: id } }),
  },
  'image.showMachines': {
    when: ({ usedBy }) => usedBy.length > 0,
    perform: ({ view }, { usedBy }) =>
      view.setState({ page: 'machines', filter: { by: 'all' }, query: '', selection: new Set(usedBy) }),
  },
  'image.pullAgain': {
    perform: ({ view }, image) => view.setState({ overlay: { kind: 'pull', reference: referenceOf(image) } }),
  },
  'image.pullOther': {
    perform: ({ view }, { repository }) => view.setState({ overlay: { kind: 'pull', reference: repository } }),
  },
  'image.push': {
    when: isUsable,
    perform: ({ view }, image) =>
      view.setState({ overlay: { kind: 'push', from: { kind: 'image', reference: referenceOf(image) } } }),
  },
  'image.verify': { perform: (app, images) => void verify(app, images) },
  'image.pin': { when: ({ pinned }) => !pinned, perform: (app, images) => void setPinned(app, images, true) },
  'image.unpin': { when: ({ pinned }) => pinned, perform: (app, images) => void setPinned(app, images, false) },
  'image.copyReference': { perform: (app, images) => void copyText(app, images.map(referenceOf).join('\n')) },
  'image.copyDigest': { perform: (app, images) => void copyText(app, images.map(({ digest }) => digest).join('\n')) },
  'image.delete': {
    perform: ({ view }, images) =>
      view.setState({ overlay: { kind: 'delete-images', imageIds: images.map(({ id }) => id) } }),
  },
};

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
