using System.Globalization;
using System.Runtime.InteropServices;
using Kanade.Audio;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

/// <summary>What a second of sound costs the decoders for small machines, forward and backward, in the thread's own processor time.</summary>
[Collection(nameof(Alone))]
public class DecoderCost
{
    const int ThreadCpuTime = 3, TextSize = 512, StyleSize = 128, Batch = 2, Frames = 80;

    static readonly (string Name, DecoderConfig Config)[] Decoders =
    [
        ("vocos-384x8", new DecoderConfig(DecoderKind.Vocos)),
        ("vocos-384x8-prior", new DecoderConfig(DecoderKind.Vocos, Vocos: new VocosConfig(Prior: true))),
        ("istft-160", new DecoderConfig(DecoderKind.Istft, HiddenChannels: 160, TextChannels: 32, InitialChannels: 96, ResidualKernels: [3, 7])),
    ];

    [StructLayout(LayoutKind.Sequential)]
    struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [Measurement]
    public void A_second_of_sound()
    {
        // Backward runs on the calling thread where there is one thread and no GPU.
        var lines = Decoders.Select(decoder =>
        {
            using var network = decoder.Config.Build(TextSize, StyleSize, new MelConfig());
            var (exact, mixed) = (Measure(network, mixed: false), Measure(network, mixed: true));
            return string.Create(CultureInfo.InvariantCulture,
                $"{decoder.Name} {network.parameters().Sum(p => p.numel()) / 1e6} {exact.Forward} {exact.Whole} {mixed.Forward} {mixed.Whole}");
        });
        File.WriteAllLines(Environment.GetEnvironmentVariable(MeasurementAttribute.Variable)!, lines);
    }

    static (double Forward, double Whole) Measure(Decoder decoder, bool mixed)
    {
        using var scope = NewDisposeScope();
        var (forward, whole) = (double.MaxValue, double.MaxValue);
        Tensor[] inputs = [randn(Batch, TextSize, Frames / 2), full([Batch, Frames], 150f), randn(Batch, Frames), randn(Batch, StyleSize),
            randn(Batch, (long)Frames * decoder.HopLength, decoder.SourceChannels)];
        for (var run = 0; run < 5; run++)
        {
            using var inner = NewDisposeScope();
            var start = ProcessorSeconds();
            Tensor wave;
            using (Autocast.Set(DeviceType.CPU, mixed))
                wave = decoder.forward(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]);
            var middle = ProcessorSeconds();
            wave.square().mean().backward();
            var seconds = Batch * Frames * (double)decoder.HopLength / decoder.SampleRate;
            (forward, whole) = (Math.Min(forward, (middle - start) / seconds), Math.Min(whole, (ProcessorSeconds() - start) / seconds));
            decoder.zero_grad();
        }
        return (forward, whole);
    }

    static double ProcessorSeconds()
    {
        Assert.Equal(0, ClockGetTime(ThreadCpuTime, out var time));
        return time.Seconds + time.Nanoseconds * 1e-9;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    static extern int ClockGetTime(int clock, out TimeSpec time);
}
