import type { ReactElement, ReactNode } from 'react';
import { ShowSidebar } from './show-sidebar.tsx';
import './page.css';

/** The top of a page that is not about machines: its title, a line about it, and what can be done with the whole. */
export function PageToolbar({
  title,
  caption,
  children,
}: {
  title: string;
  caption: string;
  children?: ReactNode;
}): ReactElement {
  return (
    <header className="toolbar" data-region="toolbar">
      <ShowSidebar />
      <h1 className="page-title">{title}</h1>
      <span className="caption cut">{caption}</span>
      <span className="grow" />
      {children}
    </header>
  );
}
