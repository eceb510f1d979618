import { type ReactElement, useRef, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import type { Scene } from './gallery/scene.ts';
import { sceneGroups } from './gallery/scenes.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/forced-colours.css';
import './gallery/gallery.css';

/** The page `gallery.html`: all components and pages in every state, over fakes. `#<id>` is a scene, without it all are listed. */
function Gallery(): ReactElement {
  const id = useSyncExternalStore(
    (changed) => {
      window.addEventListener('hashchange', changed);
      return () => window.removeEventListener('hashchange', changed);
    },
    () => window.location.hash.slice(1),
  );
  const scene = sceneGroups.flatMap(({ scenes }) => scenes).find((each) => each.id === id);
  return scene === undefined ? <Index /> : <Shown key={scene.id} scene={scene} />;
}

/** A scene alone on the page; its world is made once. */
function Shown({ scene }: { scene: Scene }): ReactElement {
  const [element] = useState(scene.show);
  return (
    <div className="gallery-scene" data-scene={scene.id}>
      {element}
    </div>
  );
}

const themes = ['system', 'light', 'dark'] as const;

/**
 * All scenes by name, and one of them in a frame of its own, so that sheets and pages have a window to fill. The query only
 * makes the frame's address another one: browsers show no page inside itself.
 */
function Index(): ReactElement {
  const frame = useRef<HTMLIFrameElement>(null);
  const [theme, setTheme] = useState<string>('system');
  const choose = (next: string): void => {
    setTheme(next);
    const dataset = frame.current?.contentDocument?.documentElement.dataset;
    if (dataset === undefined) return;
    if (next === 'system') delete dataset.theme;
    else dataset.theme = next;
  };
  return (
    <div className="gallery">
      <nav aria-label="Scenes">
        <div className="segments" role="group" aria-label="Appearance">
          {themes.map((each) => (
            <button
              key={each}
              type="button"
              className="segment-text"
              aria-pressed={theme === each}
              onClick={() => choose(each)}
            >
              {each}
            </button>
          ))}
        </div>
        {sceneGroups.map(({ title, scenes }) => (
          <section key={title}>
            <h2>{title}</h2>
            <ul>
              {scenes.map((scene) => (
                <li key={scene.id}>
                  <a href={`?frame#${scene.id}`} target="scene" data-part={scene.part} data-until={scene.until}>
                    {scene.title}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <iframe ref={frame} name="scene" title="Scene" src="?frame#library-icons" onLoad={() => choose(theme)} />
    </div>
  );
}

const root = document.getElementById('root');
if (root === null) throw new Error('gallery.html has no #root');
createRoot(root).render(<Gallery />);
