import { useEffect, useRef, useState } from 'react';
import { useImage } from './hooks';
import { Sign } from './icons';
import { zh } from './zh';

export function Picture({ id }: { id: string | undefined }) {
  const url = useImage(id);
  const [open, setOpen] = useState(false);
  if (url === null) return <div className="Picture Picture--wait" role="img" aria-label={zh.imageAlt} />;
  if (url === '') return <div className="Picture Picture--none">{zh.imageFailed}</div>;
  return (
    <>
      <button type="button" className="Picture" aria-label={zh.imageOpen} onClick={() => setOpen(true)}>
        <img src={url} alt={zh.imageAlt} />
      </button>
      {open && <Large url={url} onClose={() => setOpen(false)} />}
    </>
  );
}

function Large({ url, onClose }: { url: string; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal?.();
  }, []);
  return (
    <dialog ref={dialog} className="Large" aria-label={zh.imageAlt} onClose={onClose} onClick={onClose}>
      <img src={url} alt={zh.imageAlt} />
      <button type="button" className="Large-close" aria-label={zh.close} onClick={onClose}><Sign name="close" size={24} /></button>
    </dialog>
  );
}
