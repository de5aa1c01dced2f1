using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>What the pitch extractor is shown: pieces of recordings, changed in sound and never in pitch, with the F0 of the clean recording.
/// Which piece and what change is a function of (seed, utterance), whatever the other utterances of the batch and whichever process has it.</summary>
/// <param name="mel">The dataset's.</param>
/// <param name="augmentation">How far the sound is changed.</param>
/// <param name="frames">F, mel frames of an example.</param>
/// <param name="spectrogram">Of <paramref name="mel"/>.</param>
sealed class PitchExamples(MelConfig mel, AugmentationConfig augmentation, int frames, MelSpectrogram spectrogram)
{
    const int Sample = 32;

    /// <summary>Frames cut besides on each side: as far as the transform of the first and last frame reaches.</summary>
    readonly int _margin = (mel.FftSize / 2 + mel.HopLength - 1) / mel.HopLength;

    /// <summary>Refuses a dataset of whose training utterances most have no voiced frame.</summary>
    /// <exception cref="InvalidDataException">It is so.</exception>
    public static void RequireVoice(Dataset dataset)
    {
        var training = dataset.Utterances(Split.Train);
        var voiced = training.Where(u => u.Quality.VoicedShare > 0).ToList();
        // What the manifest says costs nothing to read; that the contours are there too is seen from a few.
        var silent = 2 * voiced.Count < training.Count || !voiced.Take(Sample).Any(u => dataset.Read(u).F0.Any(hz => hz > 0));
        if (silent)
            throw new InvalidDataException(
                $"{dataset.Folder}: no F0 to learn: {voiced.Count} of {training.Count} training utterances have any; hear what is in it (kanade inspect {dataset.Folder} --id <id> --wav x.wav), and if it is speech preprocess it again with another f0.floor_hz, f0.ceiling_hz or f0.voicing_threshold");
    }

    /// <summary>Noise of an utterance that is the same in every validation.</summary>
    public static float[] WithNoise(float[] samples, int sampleRate, double snr, double slope, string id)
    {
        using var scope = NewDisposeScope();
        return SoundAugmentation.AddNoise(tensor(samples), sampleRate, snr, slope, KeyOf(id)).data<float>().ToArray();
    }

    /// <summary>A piece of each utterance.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="seed">Of this step.</param>
    /// <returns>(B, M, F) and (B, F) Hz, 0 = unvoiced.</returns>
    public (Tensor Mel, Tensor F0) Of(SpeechBatch batch, long seed)
    {
        using var scope = NewDisposeScope();
        var sounds = new Tensor[batch.Count];
        var pitches = new Tensor[batch.Count];
        for (var i = 0; i < batch.Count; i++)
        {
            var own = CounterSeed.Of(seed, KeyOf(batch.UtteranceIds[i]));
            var length = (int)batch.FrameLengths[i].item<long>();
            var start = new Random((int)(own & int.MaxValue)).Next(Math.Max(1, length - frames + 1));
            var sound = Cut(batch.Samples[i], (long)(start - _margin) * mel.HopLength, (long)(frames + 2 * _margin) * mel.HopLength);
            pitches[i] = Cut(batch.F0[i], start, frames);
            sounds[i] = SoundAugmentation.Apply(sound, mel.SampleRate, augmentation, CounterSeed.Of(own, 1));
        }
        var heard = spectrogram.Compute(stack(sounds)).narrow(2, _margin, frames);
        return (heard.MoveToOuterDisposeScope(), stack(pitches).MoveToOuterDisposeScope());
    }

    /// <summary>Whole utterances. Disposes the batch.</summary>
    public IReadOnlyList<(string Id, float[] Samples, float[] F0)> Whole(SpeechBatch batch)
    {
        using var owned = batch;
        using var scope = NewDisposeScope();
        return [.. batch.UtteranceIds.Select((id, i) =>
        {
            var length = batch.FrameLengths[i].item<long>();
            return (id, batch.Samples[i].narrow(0, 0, length * mel.HopLength).data<float>().ToArray(), batch.F0[i].narrow(0, 0, length).data<float>().ToArray());
        })];
    }

    /// <summary>A piece of a row that may begin before it and end after it; there it is 0.</summary>
    static Tensor Cut(Tensor row, long start, long length)
    {
        var (from, to) = (Math.Clamp(start, 0, row.shape[0]), Math.Clamp(start + length, 0, row.shape[0]));
        return nn.functional.pad(row.narrow(0, from, to - from), [from - start, start + length - to]);
    }

    static long KeyOf(string id) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id))) & long.MaxValue;
}
