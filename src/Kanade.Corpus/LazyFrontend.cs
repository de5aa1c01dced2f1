using Kanade.Text;

namespace Kanade.Corpus;

/// <summary>The frontend, opened when the first text is read: a corpus of phonemes, or one that is finished, needs no dictionary.</summary>
sealed class LazyFrontend(FrontendOptions options) : IDisposable
{
    readonly Lazy<JapaneseFrontend> _frontend = new(() => JapaneseFrontend.Open(options));

    internal JapaneseFrontend Value => _frontend.Value;

    public void Dispose()
    {
        if (_frontend.IsValueCreated)
            _frontend.Value.Dispose();
    }
}
