using System.Text.Json;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Text;
using Kanade.Training;
using Serilog;
using Serilog.Core;

namespace Kanade.Tests.Training;

/// <summary>
/// A dataset that sounds like a very simple language: each of five symbols is a buzz at the utterance's pitch with a peak of its own
/// in the spectrum, so that alignment, pitch and reconstruction have something true to learn. 1.1 to 1.6 s an utterance.
/// </summary>
sealed class ToneSpeech : IDisposable
{
    readonly MelConfig _mel;
    static readonly string Symbols = "aioek";

    /// <param name="training">Utterances to train on.</param>
    /// <param name="validation">Utterances to validate with.</param>
    /// <param name="change">What becomes of an utterance's features before they are stored, by its number.</param>
    /// <param name="mel">Its rate and frames; null for 24 kHz.</param>
    public ToneSpeech(int training = 8, int validation = 2, Func<int, UtteranceFeatures, UtteranceFeatures>? change = null, MelConfig? mel = null)
    {
        _mel = mel ?? new MelConfig();
        Folder = Directory.CreateTempSubdirectory("kanade-tones").FullName;
        Directory.CreateDirectory(Path.Combine(Folder, "shards"));
        List<Utterance> rows = [];
        using (var stream = File.Create(Shard.PathOf(Folder, 0)))
        using (var writer = new ShardWriter(stream, change is null ? SampleFormat.Pcm16 : SampleFormat.Floating))
        {
            for (var i = 0; i < training + validation; i++)
            {
                var (ids, features) = Utter(i);
                features = change?.Invoke(i, features) ?? features;
                rows.Add(new Utterance(
                    $"tone{i:D3}", i % 2 == 0 ? "low" : "high", "plain", "", "[]", SymbolTable.SymbolsOf(ids), ids, features.Samples.Length / (double)_mel.SampleRate,
                    features.F0.Length, _mel.SampleRate, new Quality(-23, 0, -1, -60, 40, 0, 12000, 0, 7, 150, 1), i < training ? Split.Train : Split.Validation,
                    $"tone{i}.wav", "00", 0, 1, 0, writer.Rows));
                writer.Add(rows[^1].Id, features);
            }
        }
        using (var manifest = File.Create(Path.Combine(Folder, "manifest.parquet")))
            Manifest.Write(manifest, rows);
        var description = new DatasetDescription(
            Dataset.Format, "test", PreprocessConfig.Default with { Mel = _mel }, SymbolTable.Fingerprint, "tones", "", rows.Count, 0, 1, 1,
            new Dictionary<string, int> { ["low"] = 1, ["high"] = 1 }, new Dictionary<string, int> { ["plain"] = 1 }, new Dictionary<string, int>());
        File.WriteAllText(Path.Combine(Folder, "dataset.json"), JsonSerializer.Serialize(description, DatasetJson.Default.DatasetDescription));
    }

    public string Folder { get; }

    public TrainingData Open(RunConfig run, bool references = false) => TrainingData.Open(Folder, run, Logger.None, references: references);

    (int[] Ids, UtteranceFeatures Features) Utter(int seed)
    {
        var (rate, hop) = (_mel.SampleRate, _mel.HopLength);
        var random = new Random(seed);
        var f0 = seed % 2 == 0 ? 110 + 5 * (seed % 5) : 210 + 5 * (seed % 5);
        List<int> ids = [SymbolTable.Pad];
        List<float> samples = [.. new float[8 * hop]];
        List<float> pitch = [.. new float[8]];
        var phase = 0.0;
        for (var i = 0; i < 6 + seed % 3; i++)
        {
            var symbol = random.Next(Symbols.Length);
            ids.Add(SymbolTable.IdOf(Symbols[symbol]));
            var frames = random.Next(10, 16);
            for (var n = 0; n < frames * hop; n++)
            {
                phase += 2 * Math.PI * f0 / rate;
                double value = 0;
                for (var harmonic = 1; harmonic <= 20; harmonic++)
                    value += Math.Sin(harmonic * phase) * Math.Exp(-Math.Pow((harmonic * f0 - 500 * (symbol + 1)) / 300, 2));
                samples.Add((float)(0.15 * value));
            }
            pitch.AddRange(Enumerable.Repeat((float)f0, frames));
        }
        var tail = 8 + pitch.Count % 2;
        samples.AddRange(new float[tail * hop]);
        pitch.AddRange(new float[tail]);
        ids.Add(SymbolTable.Pad);
        return ([.. ids], new UtteranceFeatures([.. samples], [.. pitch], new float[pitch.Count]));
    }

    public void Dispose() => Directory.Delete(Folder, true);
}
