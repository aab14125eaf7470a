import { Component, type ReactNode } from 'react';

/** What is seen when the webmail itself has a fault: words and a way on, never an empty page. */
export class Failure extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="sign-in" role="alert">
        <div className="sign-in-card">
          <h1>Something went wrong here</h1>
          <p className="muted">Your mail is safe, and drafts are kept on the server.</p>
          <button className="button primary" type="button" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      </main>
    );
  }
}
