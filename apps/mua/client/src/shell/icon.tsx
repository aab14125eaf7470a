/** Line icons on a grid of 24, drawn here so that nothing is fetched for them. */
const PATHS = {
  inbox: 'M4 13l2.5-8h11L20 13v6H4zM4 13h5l1 2.5h4l1-2.5h5',
  drafts: 'M5 4h9l5 5v11H5zM14 4v5h5M8.5 13h7M8.5 16.5h4',
  sent: 'M20.5 4L3.5 11l6.5 2.5L13 20zM10 13.5L20.5 4',
  archive: 'M4 5h16v4H4zM5.5 9v10h13V9M10 13h4',
  junk: 'M12 4l8.5 15h-17zM12 10v4M12 16.6v.1',
  trash: 'M5 7h14M10 4h4M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
  folder: 'M4 6h6l2 2.5h8V19H4z',
  search: 'M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L20 20',
  pencil: 'M5 19l1-4L16 5l3 3L9 18zM14 7l3 3',
  menu: 'M4 7h16M4 12h16M4 17h16',
  back: 'M14.5 5.5L8 12l6.5 6.5',
  close: 'M6 6l12 12M18 6L6 18',
  reply: 'M9.5 6L4 11.5 9.5 17M4 11.5h9c4 0 7 2 7 7',
  replyAll: 'M7.5 6L2 11.5 7.5 17M12.5 6L7 11.5l5.5 5.5M7 11.5h7c4 0 7 2 7 7',
  forward: 'M14.5 6l5.5 5.5-5.5 5.5M20 11.5h-9c-4 0-7 2-7 7',
  star: 'M12 4l2.5 5.2 5.7.8-4.1 4 1 5.6-5.1-2.7-5.1 2.7 1-5.6-4.1-4 5.7-.8z',
  unread: 'M4 6h16v12H4zM4 7l8 6 8-6',
  clip: 'M18.5 11.5l-7 7a4.2 4.2 0 01-6-6l7.5-7.5a2.8 2.8 0 014 4l-7.3 7.3a1.4 1.4 0 01-2-2l6.3-6.3',
  download: 'M12 4v11M7.5 11L12 15.5 16.5 11M5 19.5h14',
  image: 'M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9v.1',
  move: 'M4 6h6l2 2.5h8V19H4zM9.5 13.5h5M12.5 11.5l2 2-2 2',
  out: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
  help: 'M9 9a3 3 0 116 .3c0 2-3 2.2-3 4.2M12 17v.1',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill={filled ? 'currentColor' : 'none'} />
    </svg>
  );
}
