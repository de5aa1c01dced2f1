namespace Kanade.Corpus;

/// <summary>A recording and what is said in it, as the corpus has it.</summary>
/// <param name="Id">Made from the path, so that it stays when others come and go.</param>
/// <param name="Source">Path in the corpus folder, with <c>/</c>.</param>
/// <param name="Root">The corpus folder.</param>
/// <param name="Text">What is said; empty when only symbols are given.</param>
/// <param name="Symbols">What the networks are to read, where the corpus gives phonemes; else empty, and the frontend reads the text.</param>
/// <param name="Speaker">Whose voice.</param>
/// <param name="Style">Style tag; empty when the corpus has none.</param>
/// <param name="StartSeconds">Where the utterance begins in the recording.</param>
/// <param name="EndSeconds">Where it ends; null at the end of the recording.</param>
/// <param name="Elsewhere">Where the file is, when it is not <paramref name="Source"/> under <paramref name="Root"/> letter by letter: behind a link, or named in NFD.</param>
/// <param name="F0Path">File of its F0 (<see cref="Audio.F0File"/>), in the time of the recording, where the corpus knows it; else it is estimated.</param>
public sealed record CorpusEntry(
    string Id,
    string Source,
    string Root,
    string Text,
    string Symbols,
    string Speaker,
    string Style,
    double StartSeconds = 0,
    double? EndSeconds = null,
    string? Elsewhere = null,
    string? F0Path = null)
{
    /// <summary>Where the file is.</summary>
    public string Path => Elsewhere ?? System.IO.Path.Combine(Root, Source);
}

/// <summary>What a corpus folder holds.</summary>
/// <param name="Layout">Which layout was read.</param>
/// <param name="Entries">Ordered by id; on the disk, where there are as many as one likes.</param>
/// <param name="Problems">What the listing names and what cannot be used: missing files, empty texts, places outside the folder. Ordered by source; on the disk too.</param>
/// <param name="Unlisted">Recordings in the folder that no list names.</param>
public sealed record CorpusListing(CorpusLayout Layout, IReadOnlyList<CorpusEntry> Entries, IReadOnlyCollection<RejectedRecording> Problems, int Unlisted = 0) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        (Entries as IDisposable)?.Dispose();
        (Problems as IDisposable)?.Dispose();
    }
}

/// <summary>How a corpus says who says what in which recording.</summary>
public enum CorpusLayout
{
    /// <summary>Find out.</summary>
    Auto,

    /// <summary>CSV, TSV, JSON lines or Parquet files with named columns: audio, text, phonemes, speaker, style, start, end, f0.</summary>
    Listing,

    /// <summary><c>metadata.csv</c>: id|text|normalised text, recordings in <c>wavs/</c>.</summary>
    LjSpeech,

    /// <summary>Lists of path|text or phonemes|speaker.</summary>
    StyleTts,

    /// <summary>JSUT: folders with <c>transcript_utf8.txt</c> (id:text) and <c>wav/</c>.</summary>
    Jsut,

    /// <summary>JVS: a folder a speaker, in it a folder a style with <c>transcripts_utf8.txt</c> and <c>wav24kHz16bit/</c>.</summary>
    Jvs,

    /// <summary>The voice list of the Unity-chan recordings: file, speaker「text」（stage direction）, occasion.</summary>
    UnityChan,

    /// <summary>A <c>.txt</c> or <c>.lab</c> beside each recording.</summary>
    Beside,

    /// <summary>The name of a recording is what is said in it, with its reading in 【】.</summary>
    Named,
}
