using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>What the pitch extractor is shown: pieces of recordings, changed in sound, with the F0 of the clean recording, played as fast as they are.
/// Which piece and what change is a function of (seed, utterance), whatever the other utterances of the batch and whichever process has it.</summary>
/// <param name="mel">The dataset's.</param>
/// <param name="augmentation">How far the sound is changed.</param>
/// <param name="frames">F, mel frames of an example.</param>
/// <param name="spectrogram">Of <paramref name="mel"/>.</param>
sealed class PitchExamples(MelConfig mel, AugmentationConfig augmentation, int frames, MelSpectrogram spectrogram)
{
    const int Sample = 32;

    /// <summary>Samples by whose multiples another speed cuts longer or shorter, so that the Fourier transform is over a product of small numbers.</summary>
    const int SpeedGrain = 100;

    /// <summary>Frames cut besides on each side: as far as the transform of the first and last frame reaches.</summary>
    internal int Margin { get; } = (mel.FftSize / 2 + mel.HopLength - 1) / mel.HopLength;

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
            (var sound, pitches[i]) = Piece(batch.Samples[i], batch.F0[i], length, own);
            sounds[i] = SoundAugmentation.Apply(sound, mel.SampleRate, augmentation, CounterSeed.Of(own, 1));
        }
        var heard = spectrogram.Compute(stack(sounds)).narrow(2, Margin, frames);
        return (heard.MoveToOuterDisposeScope(), stack(pitches).MoveToOuterDisposeScope());
    }

    /// <summary>A piece of one utterance, at its own or another speed, not yet changed otherwise.</summary>
    /// <param name="samples">(N).</param>
    /// <param name="f0">(at least <paramref name="length"/>) Hz.</param>
    /// <param name="length">Frames of the utterance.</param>
    /// <param name="seed">Of this step and utterance.</param>
    /// <returns>((F + 2·<see cref="Margin"/>)·hop) samples and (F) Hz, whose first frame is centred on the sample Margin·hop.</returns>
    internal (Tensor Sound, Tensor F0) Piece(Tensor samples, Tensor f0, int length, long seed)
    {
        using var scope = NewDisposeScope();
        var whole = (long)(frames + 2 * Margin) * mel.HopLength;
        var speed = SoundAugmentation.SpeedOf(augmentation, CounterSeed.Of(seed, 2));
        var taken = speed == 1 ? whole : (long)Math.Round(whole * speed / SpeedGrain) * SpeedGrain;
        speed = (double)taken / whole;
        var start = new Random((int)(seed & int.MaxValue)).Next(Math.Max(1, length - (int)Math.Ceiling(frames * speed) + 1));
        var sound = Cut(samples, (long)Math.Round((start - Margin * speed) * mel.HopLength), taken);
        if (taken != whole)
            sound = SoundAugmentation.AtSpeed(sound, whole);
        return (sound.MoveToOuterDisposeScope(), tensor(Contour(f0.data<float>().ToArray(), start, speed)).MoveToOuterDisposeScope());
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

    /// <summary>The contour from a frame on, played <paramref name="speed"/> times as fast: voiced where the nearest frame is.</summary>
    float[] Contour(float[] f0, int start, double speed)
    {
        var contour = new float[frames];
        for (var i = 0; i < frames; i++)
        {
            var place = start + i * speed;
            var (left, nearest) = ((int)place, (int)Math.Round(place));
            if (nearest >= f0.Length || f0[nearest] <= 0)
                continue;
            var part = (float)(place - left);
            var between = left + 1 < f0.Length && f0[left] > 0 && f0[left + 1] > 0;
            contour[i] = (float)speed * (between ? f0[left] + part * (f0[left + 1] - f0[left]) : f0[nearest]);
        }
        return contour;
    }

    /// <summary>A piece of a row that may begin before it and end after it; there it is 0.</summary>
    static Tensor Cut(Tensor row, long start, long length)
    {
        var (from, to) = (Math.Clamp(start, 0, row.shape[0]), Math.Clamp(start + length, 0, row.shape[0]));
        return nn.functional.pad(row.narrow(0, from, to - from), [from - start, start + length - to]);
    }

    static long KeyOf(string id) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id))) & long.MaxValue;
}
