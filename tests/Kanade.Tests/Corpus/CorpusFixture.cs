using Kanade.Audio;
using Kanade.Corpus;
using Serilog;

namespace Kanade.Tests.Corpus;

/// <summary>A corpus folder for one test.</summary>
sealed class CorpusFixture : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("kanade-corpus").FullName;

    public string Corpus => Path.Combine(Folder, "corpus");

    public string Dataset => Path.Combine(Folder, "dataset");

    /// <summary>A second and a half of a sentence, out of the sample corpus.</summary>
    public static Waveform Speech { get; } = AudioFile.Read(SampleCorpus.Recording("takumi_01.flac"));

    public string At(string name)
    {
        var path = Path.Combine(Corpus, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    public void Speak(string name, float gain = 1) =>
        WavFile.Write(At(name), Speech with { Samples = Array.ConvertAll(Speech.Samples, x => x * gain) }, WavEncoding.Float32);

    public void Write(string name, string text) => File.WriteAllText(At(name), text);

    public CorpusListing Read(CorpusLayout layout = CorpusLayout.Auto) => CorpusReader.Read(Corpus, layout);

    public IReadOnlyList<RejectedRecording> Preprocess(PreprocessConfig? config = null)
    {
        new Preprocessor(config ?? PreprocessConfig.Default, new(Workers: 2), Log.Logger).Run(Corpus, Dataset);
        return Manifest.ReadRejects(Path.Combine(Dataset, "rejects.parquet"));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
